import type { InodeTree } from '../inode-tree.ts';
import type { NativeStat } from './fuse-native.ts';

/** The library's times are whole milliseconds and cannot be before 1970. */
export function nativeStat({ inodes }: InodeTree, inode: number): NativeStat {
  const size = inodes.size[inode]!;
  const timeMs = Math.max(0, inodes.mtimeSec[inode]! * 1000 + Math.floor(inodes.mtimeNsec[inode]! / 1e6));
  return {
    mode: inodes.mode[inode]!,
    uid: inodes.uid[inode]!,
    gid: inodes.gid[inode]!,
    size,
    nlink: inodes.nlink[inode]!,
    ino: inode,
    rdev: inodes.rdev[inode]!,
    blksize: 4096,
    blocks: Math.ceil(size / 512),
    atime: timeMs,
    mtime: timeMs,
    ctime: timeMs,
  };
}
