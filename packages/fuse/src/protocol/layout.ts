/**
 * Sizes in bytes of the protocol's structures; every integer is in the machine's byte order, which is little
 * endian wherever this runs. Source: include/uapi/linux/fuse.h, version 7.45.
 *
 * ```
 *   fuse_in_header    u32 len | u32 opcode | u64 unique | u64 nodeid | u32 uid | u32 gid | u32 pid | u16 | u16
 *   fuse_out_header   u32 len | i32 -errno | u64 unique
 *   fuse_attr         u64 ino size blocks atime mtime ctime |
 *                     u32 atimensec mtimensec ctimensec mode nlink uid gid rdev blksize flags
 *   fuse_entry_out    u64 nodeid generation entry_valid attr_valid | u32 entry_valid_nsec attr_valid_nsec | attr
 *   fuse_attr_out     u64 attr_valid | u32 attr_valid_nsec | u32 | attr
 *   fuse_read_in      u64 fh | u64 offset | u32 size | u32 | u64 | u32 | u32
 *   fuse_getxattr_in  u32 size | u32 | name, NUL
 *   fuse_dirent       u64 ino | u64 off | u32 namelen | u32 type | name, padded to 8
 * ```
 */
export const IN_HEADER_BYTES = 40;
export const OUT_HEADER_BYTES = 16;
export const ATTR_BYTES = 88;
export const ENTRY_BYTES = 40 + ATTR_BYTES;
export const ATTR_REPLY_BYTES = 16 + ATTR_BYTES;
export const DIRENT_BYTES = 24;
export const INIT_REPLY_BYTES = 64;
export const STATFS_BYTES = 80;

/** The longest read that is negotiated: 256 pages. */
export const MAX_READ_BYTES = 1 << 20;

/** Reads from the device must offer at least FUSE_MIN_READ_BUFFER, or max_write and a header. */
export const REQUEST_BYTES = 64 << 10;
