import { statfsSync } from 'node:fs';
import type { Path } from './c-string.ts';

/** Numbers by which statfs(2) names file systems. Source: include/uapi/linux/magic.h. */
export const FileSystemMagic = {
  BTRFS: 0x9123683e,
  EROFS: 0xe0f5e1e2,
  EXT4: 0xef53,
  F2FS: 0xf2f52010,
  FUSE: 0x65735546,
  NFS: 0x6969,
  OVERLAY: 0x794c7630,
  PROC: 0x9fa0,
  TMPFS: 0x01021994,
  XFS: 0x58465342,
} as const;

/** The magic number of the file system that holds a path. Throws what `fs.statfsSync` throws. */
export function fileSystemMagic(path: Path): number {
  const target = typeof path === 'string' ? path : Buffer.from(path);
  // The kernel's field is signed on some architectures: cut to the 32 bits that a magic number has.
  return Number(BigInt.asUintN(32, statfsSync(target, { bigint: true }).type));
}
