import { Errno } from '@sluice/linux';
import { compareNames } from './compare-names.ts';
import type { InodeTree } from './inode-tree.ts';

const NO_XATTRS = 0xffffffff;

/** Extended attributes of inodes, read from the tree's lists. */
export interface XattrReader {
  /** The value, as a view; -ENODATA. */
  get(inode: number, name: Uint8Array): Uint8Array | number;
  /** All names, each with a NUL after it; -EIO for a damaged list. */
  list(inode: number): Uint8Array | number;
}

export function createXattrReader(tree: InodeTree): XattrReader {
  const { xattrs } = tree;
  const view = new DataView(xattrs.buffer, xattrs.byteOffset, xattrs.byteLength);

  /** Calls back for each attribute until the callback says stop; -EIO for a list that leaves the buffer. */
  function walk(inode: number, each: (name: [number, number], value: [number, number]) => boolean): number {
    let position = tree.inodes.xattrs[inode]!;
    if (position === NO_XATTRS) return 0;
    if (position + 4 > xattrs.length) return -Errno.EIO;
    const count = view.getUint32(position, true);
    position += 4;
    for (let i = 0; i < count; i++) {
      if (position + 6 > xattrs.length) return -Errno.EIO;
      const nameLength = view.getUint16(position, true);
      const valueLength = view.getUint32(position + 2, true);
      const value = position + 6 + nameLength;
      if (value + valueLength > xattrs.length) return -Errno.EIO;
      if (!each([position + 6, nameLength], [value, valueLength])) return 0;
      position = value + valueLength;
    }
    return 0;
  }

  return {
    get(inode, wanted) {
      let found: Uint8Array | undefined;
      const result = walk(inode, ([nameAt, nameLength], [at, length]) => {
        if (compareNames(xattrs, nameAt, nameLength, wanted) !== 0) return true;
        found = xattrs.subarray(at, at + length);
        return false;
      });
      return result < 0 ? result : (found ?? -Errno.ENODATA);
    },
    list(inode) {
      const names: number[] = [];
      const result = walk(inode, ([at, length]) => {
        for (let i = 0; i < length; i++) names.push(xattrs[at + i]!);
        names.push(0);
        return true;
      });
      return result < 0 ? result : Uint8Array.from(names);
    },
  };
}
