import type { TreeNode } from '../tree-node.ts';

type Dir = TreeNode & { readonly type: 'dir' };

/** A directory of a described tree. */
export function dir(children: Record<string, TreeNode>, attributes: object = {}): Dir {
  return { type: 'dir', children: new Map(Object.entries(children)), ...attributes };
}

/** A regular file of a described tree. */
export function file(bytes: string | Uint8Array, attributes: object = {}): TreeNode & { type: 'file' } {
  return { type: 'file', bytes: Buffer.from(bytes as string), ...attributes };
}

/** Bytes of which no two groups of four are equal: reads from a wrong place do not go unnoticed. */
export function numberedBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(i, i);
  return bytes;
}
