export { type BuiltTree, buildTree } from './build-tree.ts';
export { createMountClient, type MountClient } from './client/create-mount-client.ts';
export { type ContentFiller, createContentFiller } from './content-filler.ts';
export { contentPath } from './content-path.ts';
export type { Exemption } from './driver-suite/exemption.ts';
export { fuseDriverSuite } from './driver-suite/fuse-driver-suite.ts';
export { dir, file, numberedBytes } from './driver-suite/nodes.ts';
export { type DriverFixture, type SuiteContext, useDriver } from './driver-suite/suite-context.ts';
export type { TreeNode } from './tree-node.ts';
