export { type BuiltTree, buildTree } from './build-tree.ts';
export { type ContentFiller, createContentFiller } from './content-filler.ts';
export type { TreeNode } from './tree-node.ts';
