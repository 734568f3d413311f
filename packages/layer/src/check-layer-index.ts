import { checkIndexTree } from './check-index-tree.ts';
import { checkIndexXattrs } from './check-index-xattrs.ts';
import type { LayerIndex } from './layer-index.ts';
import { refuseIndex } from './refuse-index.ts';

const typeMask = 0o170000;
const directory = 0o040000;
const regular = 0o100000;
const symlink = 0o120000;

/**
 * Checks that every number in an index which points into another column points into it, and that its directories are
 * a tree, so that whoever walks the index reads nothing else and ends. One pass over each column.
 *
 * @throws LayerError CORRUPT
 */
export function checkLayerIndex(index: LayerIndex): void {
  if (index.inodeCount < 1 || (index.inodes.mode[1]! & typeMask) !== directory) refuseIndex('inode', 1);
  for (let inode = 1; inode <= index.inodeCount; inode++)
    if (!inodeFits(index, inode)) refuseIndex('inode', inode);
  for (let at = 0; at < index.entries.inode.length; at++) if (!entryFits(index, at)) refuseIndex('entry', at);
  let chunk = 0;
  for (let content = 0; content < index.contentCount; content++) {
    if (index.contents.chunkStart[content] !== chunk) refuseIndex('content', content);
    chunk += index.contents.chunkCount[content]!;
    if (chunk > index.chunkCount || !contentFits(index, content)) refuseIndex('content', content);
  }
  if (chunk !== index.chunkCount) refuseIndex('chunk', chunk);
  checkIndexXattrs(index);
  checkIndexTree(index);
}

function inodeFits(index: LayerIndex, inode: number): boolean {
  const { mode, parent, start, count, size } = index.inodes;
  const end = start[inode]! + count[inode]!;
  switch (mode[inode]! & typeMask) {
    case directory:
      return parent[inode]! >= 1 && parent[inode]! <= index.inodeCount && end <= index.entries.inode.length;
    case symlink:
      return end <= index.names.length && size[inode] === count[inode];
    case regular:
      if (count[inode] === 0) return size[inode] === 0;
      return count[inode] === 1 && index.contents.size[start[inode]!] === size[inode];
    default:
      return count[inode] === 0;
  }
}

function entryFits(index: LayerIndex, at: number): boolean {
  const { inode, nameOffset, nameLength } = index.entries;
  return (
    inode[at]! > 1 &&
    inode[at]! <= index.inodeCount &&
    nameLength[at]! > 0 &&
    nameOffset[at]! + nameLength[at]! <= index.names.length
  );
}

function contentFits(index: LayerIndex, content: number): boolean {
  const { contentOffset, blobOffset, blobEnd, innerOffset } = index.chunks;
  const first = index.contents.chunkStart[content]!;
  const end = first + index.contents.chunkCount[content]!;
  let reached = -1;
  for (let chunk = first; chunk < end; chunk++) {
    if (!(contentOffset[chunk]! > reached) || (chunk === first && contentOffset[chunk] !== 0)) return false;
    if (
      !(blobOffset[chunk]! >= 0 && blobEnd[chunk]! > blobOffset[chunk]! && blobEnd[chunk]! <= index.blobSize)
    ) {
      return false;
    }
    if (!(innerOffset[chunk]! >= 0)) return false;
    reached = contentOffset[chunk]!;
  }
  return end > first && index.contents.size[content]! > reached;
}
