/**
 * A read-only file tree as columns of numbers over shared memory, so that the thread that answers the kernel
 * needs no objects and no copies. `@sluice/layer`'s LayerIndex has this shape; any other producer may.
 *
 * Inode numbers run from 1 (the root, FUSE_ROOT_ID) to `inodeCount`; columns of `inodes` are indexed by them,
 * slot 0 is unused. Node ids of the protocol are these numbers: the same after every restart.
 */
export interface InodeTree {
  readonly inodeCount: number;
  readonly inodes: {
    /** S_IFMT and permission bits, as st_mode. */
    readonly mode: Uint32Array;
    readonly uid: Uint32Array;
    readonly gid: Uint32Array;
    readonly nlink: Uint32Array;
    readonly size: Float64Array;
    readonly mtimeSec: Float64Array;
    readonly mtimeNsec: Uint32Array;
    /** Device number in the kernel's 32-bit form (new_encode_dev). */
    readonly rdev: Uint32Array;
    /** The directory that holds a directory; the root's is 1. */
    readonly parent: Uint32Array;
    /** Directory: first entry. Symlink: offset in `names`. Regular file: content number. */
    readonly start: Uint32Array;
    /** Directory: number of entries. Symlink: length of its target. Regular file: 1, or 0 if empty. */
    readonly count: Uint32Array;
    /** Byte offset in `xattrs` of its list; 0xffffffff for none. */
    readonly xattrs: Uint32Array;
  };
  /** Entries of one directory stand together, sorted by name bytewise, without `.` and `..`. */
  readonly entries: {
    readonly nameOffset: Uint32Array;
    readonly nameLength: Uint16Array;
    readonly inode: Uint32Array;
  };
  /** Names and symlink targets, raw bytes, not terminated. */
  readonly names: Uint8Array;
  /** Lists of `u32 count | count x ( u16 nameLength | u32 valueLength | name | value )`, little endian. */
  readonly xattrs: Uint8Array;
}
