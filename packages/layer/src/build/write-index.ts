import { allocateIndex } from '../index-layout.ts';
import type { LayerIndex } from '../layer-index.ts';
import type { ContentTable } from './content-table.ts';
import { resolveHardLinks } from './hard-links.ts';
import { entryKind } from './layer-entry.ts';
import { type NodeTable, noContent, rootNode } from './node-table.ts';
import { streamEnd } from './stream-end.ts';
import { orderTree, type TreeOrder } from './tree-order.ts';
import type { XattrStore } from './xattr-store.ts';

export interface BuildTables {
  readonly nodes: NodeTable;
  readonly contents: ContentTable;
  readonly xattrs: XattrStore;
}

export interface BlobFacts {
  readonly size: number;
  /** Where its last chunk ends. */
  readonly dataEnd: number;
  readonly prefetchEnd: number;
  readonly userXattr: boolean;
}

/** S_IFMT bits by EntryKind; what is hidden is a character device 0:0 to overlayfs. */
const typeBits: readonly number[] = [0o020000, 0o040000, 0o100000, 0o120000, 0o020000, 0o060000, 0o010000];

/** Turns the tables of a LayerBuilder into the index: numbers the inodes that are left, and copies them. */
export function writeIndex(tables: BuildTables, blob: BlobFacts): LayerIndex {
  const { nodes, contents, xattrs } = tables;
  markOpaque(nodes, xattrs, blob.userXattr);
  const targets = resolveHardLinks(nodes);
  const order = orderTree(nodes);
  const numbers = numberInodes(nodes, order, targets);
  const kept = keptContents(nodes, numbers.inodeOf, contents);
  const index = allocateIndex(
    { ...numbers.counts, ...kept.counts, xattrBytes: xattrs.arena.length },
    { size: blob.size, prefetchEnd: blob.prefetchEnd },
  );
  index.xattrs.set(xattrs.arena.view());
  const links = writeEntries(index, { nodes, order, targets, inodeOf: numbers.inodeOf });
  writeInodes(index, { nodes, inodeOf: numbers.inodeOf, contentOf: kept.numberOf, contents, names: links });
  writeContents(index, contents, kept.numberOf);
  writeBlobEnds(index, contents.boundaries(), blob.dataEnd);
  return index;
}

/** A directory also hides what is below it if a whiteout of its own name stands beside it. */
function markOpaque(nodes: NodeTable, xattrs: XattrStore, userXattr: boolean): void {
  for (let row = 0; row < nodes.count; row++) {
    if (nodes.kind[row] !== entryKind.directory || nodes.flags[row] === 0) continue;
    nodes.xattrs[row] = xattrs.withOpaque(nodes.xattrs[row]!, userXattr);
  }
}

function numberInodes(nodes: NodeTable, order: TreeOrder, targets: Uint32Array) {
  const inodeOf = new Uint32Array(nodes.count);
  inodeOf[rootNode] = 1;
  let inodes = 1;
  let entries = 0;
  let nameBytes = 0;
  for (const directory of order.directories) {
    for (let at = order.childStart[directory]!; at < order.childStart[directory + 1]!; at++) {
      const child = order.children[at]!;
      const target = targets[child]!;
      entries++;
      nameBytes += nodes.nameLength[child]!;
      if (inodeOf[target] !== 0) continue;
      inodeOf[target] = ++inodes;
      if (nodes.kind[target] === entryKind.symlink) nameBytes += nodes.dataLength[target]!;
    }
  }
  return { inodeOf, counts: { inodes, entries, nameBytes } };
}

/** New numbers for the contents that inodes still refer to; `noContent` for those of overridden files. */
function keptContents(nodes: NodeTable, inodeOf: Uint32Array, contents: ContentTable) {
  const numberOf = new Uint32Array(contents.contentCount).fill(noContent);
  for (let row = 0; row < nodes.count; row++) {
    const used = inodeOf[row] !== 0 && nodes.kind[row] === entryKind.regular && nodes.data[row] !== noContent;
    if (used) numberOf[nodes.data[row]!] = 0;
  }
  let count = 0;
  let chunks = 0;
  for (let content = 0; content < numberOf.length; content++) {
    if (numberOf[content] === noContent) continue;
    numberOf[content] = count++;
    chunks += chunkEnd(contents, content) - contents.chunkStart[content]!;
  }
  return { numberOf, counts: { contents: count, chunks } };
}

function chunkEnd(contents: ContentTable, content: number): number {
  return content + 1 < contents.contentCount ? contents.chunkStart[content + 1]! : contents.chunkCount;
}

/** Writes the names directory by directory and gives where they end in `names`. */
function writeEntries(
  index: LayerIndex,
  tree: { nodes: NodeTable; order: TreeOrder; targets: Uint32Array; inodeOf: Uint32Array },
): number {
  const { nodes, order, targets, inodeOf } = tree;
  let entry = 0;
  let nameEnd = 0;
  index.inodes.parent[1] = 1;
  for (const row of order.directories) {
    const directory = inodeOf[row]!;
    index.inodes.start[directory] = entry;
    index.inodes.nlink[directory]! += 2;
    for (let at = order.childStart[row]!; at < order.childStart[row + 1]!; at++) {
      const child = order.children[at]!;
      const inode = inodeOf[targets[child]!]!;
      const isDirectory = nodes.kind[child] === entryKind.directory;
      if (isDirectory) index.inodes.parent[inode] = directory;
      index.inodes.nlink[isDirectory ? directory : inode]!++;
      index.entries.inode[entry] = inode;
      index.entries.nameOffset[entry] = nameEnd;
      index.entries.nameLength[entry] = nodes.nameLength[child]!;
      nameEnd = copyName(index.names, nameEnd, nodes, {
        start: nodes.nameOffset[child]!,
        length: nodes.nameLength[child]!,
      });
      entry++;
    }
    index.inodes.count[directory] = entry - index.inodes.start[directory]!;
  }
  return nameEnd;
}

/** Copies `bytes[start, start + length)` and gives where it ends. Four parameters: it is called for every name. */
function copyName(
  to: Uint8Array,
  at: number,
  nodes: NodeTable,
  name: { start: number; length: number },
): number {
  const { bytes } = nodes.names;
  for (let i = 0; i < name.length; i++) to[at + i] = bytes[name.start + i]!;
  return at + name.length;
}

function writeInodes(
  index: LayerIndex,
  tree: {
    nodes: NodeTable;
    inodeOf: Uint32Array;
    contentOf: Uint32Array;
    contents: ContentTable;
    names: number;
  },
): void {
  const { nodes, inodeOf } = tree;
  const { inodes } = index;
  let nameEnd = tree.names;
  for (let row = 0; row < nodes.count; row++) {
    const inode = inodeOf[row]!;
    if (inode === 0) continue;
    const kind = nodes.kind[row]!;
    inodes.mode[inode] = typeBits[kind]! | (kind === entryKind.symlink ? 0o777 : nodes.mode[row]!);
    inodes.uid[inode] = nodes.uid[row]!;
    inodes.gid[inode] = nodes.gid[row]!;
    inodes.mtimeSec[inode] = nodes.mtimeSec[row]!;
    inodes.mtimeNsec[inode] = nodes.mtimeNsec[row]!;
    inodes.rdev[inode] = nodes.rdev[row]!;
    inodes.xattrs[inode] = nodes.xattrs[row]!;
    if (kind === entryKind.symlink) {
      inodes.start[inode] = nameEnd;
      inodes.count[inode] = nodes.dataLength[row]!;
      inodes.size[inode] = nodes.dataLength[row]!;
      nameEnd = copyName(index.names, nameEnd, nodes, {
        start: nodes.data[row]!,
        length: nodes.dataLength[row]!,
      });
    } else if (kind === entryKind.regular && nodes.data[row] !== noContent) {
      inodes.start[inode] = tree.contentOf[nodes.data[row]!]!;
      inodes.count[inode] = 1;
      inodes.size[inode] = tree.contents.size[nodes.data[row]!]!;
    }
  }
}

function writeContents(index: LayerIndex, from: ContentTable, numberOf: Uint32Array): void {
  let chunk = 0;
  for (let content = 0; content < numberOf.length; content++) {
    const number = numberOf[content]!;
    if (number === noContent) continue;
    const first = from.chunkStart[content]!;
    const end = chunkEnd(from, content);
    index.contents.size[number] = from.size[content]!;
    index.contents.chunkStart[number] = chunk;
    index.contents.chunkCount[number] = end - first;
    index.contents.digest.set(from.key.subarray(content * 32, content * 32 + 32), number * 32);
    index.chunks.contentOffset.set(from.contentOffset.subarray(first, end), chunk);
    index.chunks.blobOffset.set(from.blobOffset.subarray(first, end), chunk);
    index.chunks.innerOffset.set(from.innerOffset.subarray(first, end), chunk);
    index.chunks.digest.set(from.digest.subarray(first * 32, end * 32), chunk * 32);
    chunk += end - first;
  }
}

function writeBlobEnds(index: LayerIndex, boundaries: Float64Array, dataEnd: number): void {
  const { chunkStart, chunkCount, size } = index.contents;
  const { blobOffset, blobEnd, innerOffset, contentOffset } = index.chunks;
  for (let content = 0; content < index.contentCount; content++) {
    const end = chunkStart[content]! + chunkCount[content]!;
    for (let chunk = chunkStart[content]!; chunk < end; chunk++) {
      const until = chunk + 1 < end ? contentOffset[chunk + 1]! : size[content]!;
      const length = innerOffset[chunk]! + until - contentOffset[chunk]!;
      blobEnd[chunk] = streamEnd(boundaries, { offset: blobOffset[chunk]!, length, dataEnd });
    }
  }
}
