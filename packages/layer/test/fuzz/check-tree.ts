import { strict as assert } from 'node:assert';
import type { LayerIndex } from '../../src/layer-index.ts';

const typeMask = 0o170000;
const directory = 0o040000;

/**
 * Walks an index as a file system would: from the root down, every directory once, every name one that a directory
 * can hold, in order.
 *
 * @throws AssertionError where it is no tree
 */
export function checkTree(index: LayerIndex): void {
  const { mode, start, count, parent } = index.inodes;
  const seen = new Set([1]);
  for (const inode of seen) {
    let previous = Buffer.alloc(0);
    for (let at = start[inode]!; at < start[inode]! + count[inode]!; at++) {
      const name = nameAt(index, at);
      checkName(name);
      assert(Buffer.compare(previous, name) < 0, `names of inode ${inode} are in order, each once`);
      previous = name;
      const child = index.entries.inode[at]!;
      checkXattrs(index, child);
      if ((mode[child]! & typeMask) !== directory) continue;
      assert(!seen.has(child), `directory ${child} stands in one place`);
      assert.equal(parent[child], inode);
      seen.add(child);
    }
  }
}

function nameAt(index: LayerIndex, at: number): Buffer<ArrayBuffer> {
  const { nameOffset, nameLength } = index.entries;
  return Buffer.from(index.names.slice(nameOffset[at]!, nameOffset[at]! + nameLength[at]!));
}

function checkName(name: Buffer): void {
  const text = name.toString('latin1');
  const fits = name.length > 0 && name.length <= 255 && text !== '.' && text !== '..';
  assert(fits && !/[/\0]/.test(text), `${JSON.stringify(text)} is a name in a directory`);
}

function checkXattrs(index: LayerIndex, inode: number): void {
  const list = index.inodes.xattrs[inode]!;
  if (list === 0xffffffff) return;
  const view = new DataView(index.xattrs.buffer, index.xattrs.byteOffset, index.xattrs.length);
  let at = list + 4;
  for (let left = view.getUint32(list, true); left > 0; left--) {
    at += 6 + view.getUint16(at, true) + view.getUint32(at + 2, true);
  }
  assert(at <= index.xattrs.length, `attributes of inode ${inode} end within the column`);
}
