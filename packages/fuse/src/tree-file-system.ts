import { Errno } from '@sluice/linux';
import { checkTree } from './check-tree.ts';
import { compareNames } from './compare-names.ts';
import type { InodeTree } from './inode-tree.ts';
import { createXattrReader, type XattrReader } from './xattr-reader.ts';

export const ROOT_INODE = 1;

/** NAME_MAX of every local file system, and what statfs says. */
export const MAX_NAME_BYTES = 255;

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

/**
 * The inode level: questions about a tree, answered from its columns at once. Errors are numbers: a result
 * below zero is a negated errno. Inode numbers that the tree does not have answer -ESTALE.
 */
export interface TreeFileSystem {
  readonly tree: InodeTree;
  readonly xattrs: XattrReader;
  /** Is this an inode of the tree? */
  has(inode: number): boolean;
  isDirectory(inode: number): boolean;
  /** The inode of that name in a directory; 0 where there is none; -ENOTDIR; -ENAMETOOLONG above 255 bytes. */
  lookup(directory: number, name: Uint8Array): number;
  /** The bytes of a symbolic link's target; -EINVAL for anything else. */
  readlink(inode: number): Uint8Array | number;
  /** The number of entries of a directory, `.` and `..` included; -ENOTDIR. */
  entryCount(directory: number): number;
  /** The inode of an entry: 0 is `.`, 1 is `..`, then the names in their order. */
  entryInode(directory: number, position: number): number;
  /** The name of an entry, as a view. */
  entryName(directory: number, position: number): Uint8Array;
  /** The content of a regular file; -1 of an empty one; -EISDIR and -EINVAL (as numbers below -1) of others. */
  contentOf(inode: number): number;
}

const dot = Uint8Array.of(0x2e);
const dotDot = Uint8Array.of(0x2e, 0x2e);

/** @throws FuseError BAD_SOURCE if the columns contradict each other */
export function createTreeFileSystem(tree: InodeTree): TreeFileSystem {
  checkTree(tree);
  const { inodes, entries, names } = tree;
  const has = (inode: number) => inode >= ROOT_INODE && inode <= tree.inodeCount;
  const type = (inode: number) => inodes.mode[inode]! & S_IFMT;
  const isDirectory = (inode: number) => has(inode) && type(inode) === S_IFDIR;
  const nameOf = (entry: number) => {
    const start = entries.nameOffset[entry]!;
    return names.subarray(start, start + entries.nameLength[entry]!);
  };
  return {
    tree,
    xattrs: createXattrReader(tree),
    has,
    isDirectory,
    lookup(directory, name) {
      if (!isDirectory(directory)) return has(directory) ? -Errno.ENOTDIR : -Errno.ESTALE;
      if (name.length > MAX_NAME_BYTES) return -Errno.ENAMETOOLONG;
      let low = inodes.start[directory]!;
      let high = low + inodes.count[directory]!;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const order = compareNames(names, entries.nameOffset[middle]!, entries.nameLength[middle]!, name);
        if (order === 0) return entries.inode[middle]!;
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      return 0;
    },
    readlink(inode) {
      if (!has(inode)) return -Errno.ESTALE;
      if (type(inode) !== S_IFLNK) return -Errno.EINVAL;
      return names.subarray(inodes.start[inode]!, inodes.start[inode]! + inodes.count[inode]!);
    },
    entryCount(directory) {
      if (!isDirectory(directory)) return has(directory) ? -Errno.ENOTDIR : -Errno.ESTALE;
      return inodes.count[directory]! + 2;
    },
    entryInode(directory, position) {
      if (position === 0) return directory;
      if (position === 1) return inodes.parent[directory]!;
      return entries.inode[inodes.start[directory]! + position - 2]!;
    },
    entryName(directory, position) {
      if (position === 0) return dot;
      if (position === 1) return dotDot;
      return nameOf(inodes.start[directory]! + position - 2);
    },
    contentOf(inode) {
      if (!has(inode)) return -Errno.ESTALE;
      if (type(inode) !== S_IFREG) return isDirectory(inode) ? -Errno.EISDIR : -Errno.EINVAL;
      return inodes.count[inode] === 0 ? -1 : inodes.start[inode]!;
    },
  };
}
