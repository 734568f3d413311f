import type { LayerIndex } from './layer-index.ts';
import { refuseIndex } from './refuse-index.ts';

const noXattrs = 0xffffffff;

/**
 * Checks that the attribute lists of an index fill their column, and that every inode has the beginning of one. Each
 * list is passed over once, however many inodes share it.
 *
 * @throws LayerError CORRUPT
 */
export function checkIndexXattrs(index: LayerIndex): void {
  const { buffer, byteOffset, length } = index.xattrs;
  const lists = new DataView(buffer, byteOffset, length);
  const starts = new Set<number>();
  for (let at = 0; at < length; at = listEnd(lists, at)) starts.add(at);
  for (let inode = 1; inode <= index.inodeCount; inode++) {
    const list = index.inodes.xattrs[inode]!;
    if (list !== noXattrs && !starts.has(list)) refuseIndex('inode', inode);
  }
}

function listEnd(lists: DataView, start: number): number {
  const end = lists.byteLength;
  if (start + 4 > end) refuseIndex('attribute list', start);
  let at = start + 4;
  for (let left = lists.getUint32(start, true); left > 0; left--) {
    if (at + 6 > end) refuseIndex('attribute list', start);
    at += 6 + lists.getUint16(at, true) + lists.getUint32(at + 2, true);
  }
  return at <= end ? at : refuseIndex('attribute list', start);
}
