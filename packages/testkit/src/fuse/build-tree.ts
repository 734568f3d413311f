import { createHash } from 'node:crypto';
import type { ContentTable, InodeTree } from '@sluice/fuse';
import type { TreeNode } from './tree-node.ts';

const typeBits = {
  dir: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};
const NO_XATTRS = 0xffffffff;

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

/**
 * Lays out a described tree. A node object that stands at several places becomes one inode with several links.
 *
 * @param directory where the contents will lie
 */
export function buildTree(root: TreeNode & { type: 'dir' }, directory: string): BuiltTree {
  const nodes: TreeNode[] = [root];
  const numberOf = new Map<TreeNode, number>([[root, 1]]);
  const parents = new Map<TreeNode, number>([[root, 1]]);
  const links = new Map<TreeNode, number>();
  const listings = new Map<TreeNode, { name: Buffer; node: TreeNode }[]>();
  for (const node of nodes) {
    if (node.type !== 'dir') continue;
    const entries = [...node.children].map(([name, child]) => ({
      name: Buffer.from(name as string),
      node: child,
    }));
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    listings.set(node, entries);
    for (const { node: child } of entries) {
      links.set(child, (links.get(child) ?? 0) + 1);
      if (child.type === 'dir') {
        parents.set(child, numberOf.get(node)!);
        links.set(node, (links.get(node) ?? 0) + 1);
      }
      if (numberOf.has(child)) continue;
      numberOf.set(child, nodes.push(child));
    }
  }
  const slots = nodes.length + 1;
  const u32 = () => new Uint32Array(new SharedArrayBuffer(4 * slots));
  const f64 = () => new Float64Array(new SharedArrayBuffer(8 * slots));
  const inodes = {
    mode: u32(),
    uid: u32(),
    gid: u32(),
    nlink: u32(),
    size: f64(),
    mtimeSec: f64(),
    mtimeNsec: u32(),
    rdev: u32(),
    parent: u32(),
    start: u32(),
    count: u32(),
    xattrs: u32(),
  };
  const names = createBlob();
  const xattrs = createBlob();
  const entryRows: [number, number, number][] = [];
  const contents: { bytes: Uint8Array; size: number; chunks: readonly number[] }[] = [];
  for (const [index, node] of nodes.entries()) {
    const inode = index + 1;
    inodes.mode[inode] =
      typeBits[node.type] |
      (node.mode ?? (node.type === 'dir' ? 0o755 : node.type === 'symlink' ? 0o777 : 0o644));
    inodes.uid[inode] = node.uid ?? 0;
    inodes.gid[inode] = node.gid ?? 0;
    inodes.mtimeSec[inode] = node.mtimeSec ?? 0;
    inodes.mtimeNsec[inode] = node.mtimeNsec ?? 0;
    inodes.nlink[inode] = (links.get(node) ?? 0) + (node.type === 'dir' ? (node === root ? 2 : 1) : 0);
    inodes.xattrs[inode] = node.xattrs === undefined ? NO_XATTRS : xattrs.add(encodeXattrs(node.xattrs));
    if (node.type === 'dir') {
      const entries = listings.get(node)!;
      inodes.parent[inode] = parents.get(node)!;
      inodes.start[inode] = entryRows.length;
      inodes.count[inode] = entries.length;
      for (const { name, node: child } of entries)
        entryRows.push([names.add(name), name.length, numberOf.get(child)!]);
    } else if (node.type === 'symlink') {
      const target = Buffer.from(node.target);
      inodes.start[inode] = names.add(target);
      inodes.count[inode] = inodes.size[inode] = target.length;
    } else if (node.type === 'file') {
      const size = node.sizeBytes ?? node.bytes.length;
      inodes.size[inode] = size;
      if (size === 0) continue;
      inodes.start[inode] = contents.push({ bytes: node.bytes, size, chunks: node.chunkOffsets ?? [0] }) - 1;
      inodes.count[inode] = 1;
    } else if (node.type !== 'fifo') {
      inodes.rdev[inode] = (node.minor & 0xff) | (node.major << 8) | ((node.minor & ~0xff) << 12);
    }
  }
  return {
    tree: {
      inodeCount: nodes.length,
      inodes,
      entries: {
        nameOffset: Uint32Array.from(entryRows, (row) => row[0]),
        nameLength: Uint16Array.from(entryRows, (row) => row[1]),
        inode: Uint32Array.from(entryRows, (row) => row[2]),
      },
      names: names.bytes(),
      xattrs: xattrs.bytes(),
    },
    ...layOutContents(contents, directory),
  };
}

function layOutContents(
  contents: readonly { bytes: Uint8Array; size: number; chunks: readonly number[] }[],
  directory: string,
) {
  const digests = contents.map(({ bytes, size }) =>
    createHash('sha256').update(bytes).update(String(size)).digest('hex'),
  );
  let chunk = 0;
  const starts: number[] = [];
  for (const { chunks } of contents) {
    starts.push(chunk);
    chunk += chunks.length;
  }
  const content: ContentTable = {
    directory,
    contents: {
      size: Float64Array.from(contents, ({ size }) => size),
      chunkStart: Uint32Array.from(starts),
      chunkCount: Uint32Array.from(contents, ({ chunks }) => chunks.length),
      digest: new Uint8Array(Buffer.from(digests.join(''), 'hex')),
    },
    chunkOffset: Float64Array.from(contents.flatMap(({ chunks }) => chunks)),
    present: new Int32Array(new SharedArrayBuffer(4 * (Math.ceil(chunk / 32) || 1))),
  };
  return { content, bytes: contents.map(({ bytes }) => bytes), digests };
}

function createBlob() {
  const parts: Uint8Array[] = [];
  let length = 0;
  return {
    add(part: Uint8Array): number {
      parts.push(part);
      length += part.length;
      return length - part.length;
    },
    bytes: () => new Uint8Array(Buffer.concat(parts)),
  };
}

function encodeXattrs(attributes: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const rows = Object.entries(attributes).map(([name, value]) => {
    const head = Buffer.alloc(6);
    head.writeUInt16LE(Buffer.byteLength(name), 0);
    head.writeUInt32LE(value.length, 2);
    return Buffer.concat([head, Buffer.from(name), value]);
  });
  const count = Buffer.alloc(4);
  count.writeUInt32LE(rows.length);
  return Buffer.concat([count, ...rows]);
}
