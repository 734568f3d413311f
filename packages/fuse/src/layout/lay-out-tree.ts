import { encodeDevice } from '@sluice/linux';
import type { InodeTree } from '../inode-tree.ts';
import { createByteTable } from './byte-table.ts';
import { encodeXattrs } from './encode-xattrs.ts';
import { type NumberedNode, numberNodes } from './number-nodes.ts';
import type { DescribedDirectory, DescribedNode } from './tree-description.ts';

const typeBits: Readonly<Record<DescribedNode['type'], number>> = {
  dir: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
  socket: 0o140000,
};

const NO_XATTRS = 0xffffffff;

/** Lays a described tree out in the form that drivers serve, over shared memory. */
export function layOutTree(root: DescribedDirectory): InodeTree {
  const nodes = numberNodes(root);
  const names = createByteTable();
  const xattrs = createByteTable();
  const inodes = createColumns(nodes.length + 1);
  const entries: { offset: number; length: number; inode: number }[] = [];
  for (const [index, numbered] of nodes.entries()) {
    const inode = index + 1;
    const { node } = numbered;
    writeAttributes(inodes, inode, numbered);
    inodes.xattrs[inode] = node.xattrs === undefined ? NO_XATTRS : xattrs.add(encodeXattrs(node.xattrs));
    if (node.type === 'symlink') {
      const target = Buffer.from(node.target as string);
      inodes.start[inode] = names.add(target);
      inodes.count[inode] = inodes.size[inode] = target.length;
    }
    if (node.type !== 'dir') continue;
    inodes.start[inode] = entries.length;
    inodes.count[inode] = numbered.entries.length;
    for (const entry of numbered.entries)
      entries.push({ offset: names.add(entry.name), length: entry.name.length, inode: entry.inode });
  }
  return {
    inodeCount: nodes.length,
    inodes,
    entries: {
      nameOffset: Uint32Array.from(entries, ({ offset }) => offset),
      nameLength: Uint16Array.from(entries, ({ length }) => length),
      inode: Uint32Array.from(entries, ({ inode }) => inode),
    },
    names: names.bytes(),
    xattrs: xattrs.bytes(),
  };
}

function createColumns(slots: number): InodeTree['inodes'] {
  const u32 = () => new Uint32Array(new SharedArrayBuffer(4 * slots));
  const f64 = () => new Float64Array(new SharedArrayBuffer(8 * slots));
  return {
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
}

/** All but what needs the tables of names. */
function writeAttributes(
  inodes: InodeTree['inodes'],
  inode: number,
  { node, nlink, parent }: NumberedNode,
): void {
  inodes.mode[inode] = typeBits[node.type] | (node.mode ?? defaultMode(node));
  inodes.uid[inode] = node.uid ?? 0;
  inodes.gid[inode] = node.gid ?? 0;
  inodes.nlink[inode] = nlink;
  inodes.mtimeSec[inode] = node.mtimeSec ?? 0;
  inodes.mtimeNsec[inode] = node.mtimeNsec ?? 0;
  if (node.type === 'dir') inodes.parent[inode] = parent;
  if (node.type === 'char' || node.type === 'block') inodes.rdev[inode] = encodeDevice(node);
  if (node.type !== 'file' || node.sizeBytes === 0) return;
  inodes.size[inode] = node.sizeBytes;
  inodes.start[inode] = node.content ?? 0;
  inodes.count[inode] = 1;
}

function defaultMode({ type }: DescribedNode): number {
  return type === 'dir' ? 0o755 : type === 'symlink' ? 0o777 : 0o644;
}
