import { createHash } from 'node:crypto';
import {
  type ContentTable,
  type DescribedNode,
  type InodeTree,
  layOutContents,
  layOutTree,
} from '@sluice/fuse';
import type { TreeNode } from './tree-node.ts';

/** A tree in the form that a FUSE driver takes, and what it was made of. */
export interface BuiltTree {
  readonly tree: InodeTree;
  /** No chunk is present. */
  readonly content: ContentTable;
  /** The bytes of each content, by its number. */
  readonly bytes: readonly Uint8Array[];
  /** Names of the files that hold the contents, by number: the digest in hexadecimal. */
  readonly digests: readonly string[];
}

type FileNode = TreeNode & { readonly type: 'file' };

/**
 * Lays out a described tree. A node object that stands at several places becomes one inode with several links.
 * Contents are numbered as their files come, depth first, by the order of the maps.
 *
 * @param directory where the contents will lie
 */
export function buildTree(root: TreeNode & { type: 'dir' }, directory: string): BuiltTree {
  const files: FileNode[] = [];
  const described = new Map<TreeNode, DescribedNode>();

  function describe(node: TreeNode): DescribedNode {
    const known = described.get(node) ?? convert(node);
    described.set(node, known);
    return known;
  }

  function convert(node: TreeNode): DescribedNode {
    if (node.type === 'dir') {
      return {
        ...node,
        children: new Map([...node.children].map(([name, child]) => [name, describe(child)])),
      };
    }
    if (node.type !== 'file') return node;
    const sizeBytes = sizeOf(node);
    return sizeBytes === 0 ? { ...node, sizeBytes } : { ...node, sizeBytes, content: files.push(node) - 1 };
  }

  const tree = layOutTree(describe(root) as DescribedNode & { type: 'dir' });
  const digests = files.map(digestOf);
  const contents = files.map((node, i) => ({
    digest: digests[i]!,
    sizeBytes: sizeOf(node),
    ...(node.chunkOffsets === undefined ? {} : { chunkOffsets: node.chunkOffsets }),
  }));
  const content = layOutContents(contents, directory);
  return { tree, content, bytes: files.map(({ bytes }) => bytes), digests };
}

function sizeOf(node: FileNode): number {
  return node.sizeBytes ?? node.bytes.length;
}

function digestOf(node: FileNode): string {
  return createHash('sha256')
    .update(node.bytes)
    .update(String(sizeOf(node)))
    .digest('hex');
}
