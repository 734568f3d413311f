import type { LayerIndex } from './layer-index.ts';
import { refuseIndex } from './refuse-index.ts';

const typeMask = 0o170000;
const directory = 0o040000;
const slash = 0x2f;
const dot = 0x2e;

/**
 * Checks that an index whose numbers point into its columns is a tree: no directory stands in two places or within
 * itself, and the names of each are such as it can hold, in order. One pass, a byte of memory an inode.
 *
 * @throws LayerError CORRUPT
 */
export function checkIndexTree(index: LayerIndex): void {
  const { mode, start, count } = index.inodes;
  const placed = new Uint8Array(index.inodeCount + 1);
  let entries = 0;
  for (let inode = 1; inode <= index.inodeCount; inode++) {
    if ((mode[inode]! & typeMask) !== directory) continue;
    entries += count[inode]!;
    // Directories that share entries would be walked over and over.
    if (entries > index.entries.inode.length) refuseIndex('directory', inode);
    for (let at = start[inode]!; at < start[inode]! + count[inode]!; at++) {
      if (!isName(index, at) || (at > start[inode]! && !isBefore(index, at))) refuseIndex('entry', at);
      place(index, { inode, child: index.entries.inode[at]!, placed });
    }
  }
}

interface Placing {
  readonly inode: number;
  readonly child: number;
  readonly placed: Uint8Array;
}

function place(index: LayerIndex, { inode, child, placed }: Placing): void {
  if ((index.inodes.mode[child]! & typeMask) !== directory) return;
  if (placed[child] === 1 || index.inodes.parent[child] !== inode) refuseIndex('directory', child);
  placed[child] = 1;
}

function isName(index: LayerIndex, at: number): boolean {
  const start = index.entries.nameOffset[at]!;
  const length = index.entries.nameLength[at]!;
  const { names } = index;
  if (
    length > 255 ||
    (names[start] === dot && (length === 1 || (length === 2 && names[start + 1] === dot)))
  ) {
    return false;
  }
  for (let i = start; i < start + length; i++) if (names[i] === slash || names[i] === 0) return false;
  return true;
}

/** Whether the entry before has a name that comes before. */
function isBefore(index: LayerIndex, at: number): boolean {
  const { names } = index;
  const { nameOffset, nameLength } = index.entries;
  const a = nameOffset[at - 1]!;
  const b = nameOffset[at]!;
  const common = Math.min(nameLength[at - 1]!, nameLength[at]!);
  for (let i = 0; i < common; i++) {
    const difference = names[a + i]! - names[b + i]!;
    if (difference !== 0) return difference < 0;
  }
  return nameLength[at - 1]! < nameLength[at]!;
}
