/**
 * Everything that is known of a layer before its contents arrive: the inode tree as overlayfs shall see it, and
 * for every content the chunks it is made of. Immutable. Kept as columns of numbers in one shared buffer: a few
 * dozen bytes an inode, no object per file, handed to another thread or written to disk as it is.
 *
 * Inode numbers run from 1 (the root) to `inodeCount`; the columns of `inodes` are indexed by them, slot 0 is
 * unused. Content numbers and chunk numbers run from 0.
 *
 * ```
 *   inode --(directory: start, count)--> entries --(inode)--> inode
 *     |----(symlink: start, count)-----> names (bytes of the target)
 *     |----(regular: start, count)-----> contents --(chunkStart, chunkCount)--> chunks --> blob
 *     '----(xattrs)--------------------> xattrs
 * ```
 */
export interface LayerIndex {
  readonly format: 'estargz';
  readonly inodeCount: number;
  readonly inodes: InodeColumns;
  readonly entries: EntryColumns;
  /** Names and symlink targets, raw bytes, not terminated. */
  readonly names: Uint8Array;
  /**
   * Attribute lists, one after another, little endian:
   * ```
   *   u32 count | count x ( u16 nameLength | u32 valueLength | name | value )
   * ```
   */
  readonly xattrs: Uint8Array;
  readonly contentCount: number;
  readonly contents: ContentColumns;
  readonly chunkCount: number;
  readonly chunks: ChunkColumns;
  /** Length in bytes of the blob that the chunks lie in. */
  readonly blobSize: number;
  /** Contents that the image's builder wants fetched first: the bytes [0, prefetchEnd) of the blob; 0 for none. */
  readonly prefetchEnd: number;
  /** The buffer that all columns are views of: shared memory, or what `openLayerIndex` was given. */
  readonly buffer: ArrayBufferLike;
}

export interface InodeColumns {
  /** S_IFMT and permission bits, as st_mode. */
  readonly mode: Uint32Array;
  readonly uid: Uint32Array;
  readonly gid: Uint32Array;
  /** Links within the layer; of a directory 2 and one for each subdirectory. */
  readonly nlink: Uint32Array;
  /** Bytes of a regular file or of a symlink's target; 0 otherwise. At most 2^53 - 1. */
  readonly size: Float64Array;
  readonly mtimeSec: Float64Array;
  readonly mtimeNsec: Uint32Array;
  /** Device number of a character or block device, in the kernel's 32-bit form (new_encode_dev); else 0. */
  readonly rdev: Uint32Array;
  /** The directory that holds a directory (the root's is 1); 0 for everything else. */
  readonly parent: Uint32Array;
  /** Directory: first entry. Symlink: offset in `names`. Regular file: content number. Else 0. */
  readonly start: Uint32Array;
  /** Directory: number of entries. Symlink: length of its target. Regular file: 1, or 0 if empty. Else 0. */
  readonly count: Uint32Array;
  /** Byte offset in `xattrs` of its list; 0xffffffff for none. */
  readonly xattrs: Uint32Array;
}

/** Entries of one directory stand together, sorted by name bytewise, without `.` and `..`. */
export interface EntryColumns {
  readonly nameOffset: Uint32Array;
  readonly nameLength: Uint16Array;
  readonly inode: Uint32Array;
}

/**
 * A content is the bytes of one or more regular files that are the same. `chunkStart` ascends: content c's chunks
 * end where those of c + 1 begin.
 */
export interface ContentColumns {
  /** Bytes; never 0: an empty file has no content. */
  readonly size: Float64Array;
  readonly chunkStart: Uint32Array;
  /** At least 1. */
  readonly chunkCount: Uint32Array;
  /**
   * 32 bytes a content: the name of its bytes, under which they may be kept and shared between layers. Two
   * contents with the same name have the same size, chunks and bytes, provided that each chunk was verified;
   * a layer cannot give its bytes the name of others'. Never all zero. It is
   * - of a content with one chunk: that chunk's digest, so sha256 of the content's bytes;
   * - of one with several: SHA-512/256 of its chunk list (see content-key.ts). It vouches for the chunk
   *   digests and through them for the bytes, but is *not* a digest of the bytes: a whole-file digest in an
   *   index is a mere claim until the last chunk is here, and must not name what is shared before that;
   * - of one with unverifiable chunks (`allowUnverified`): random, so never shared.
   */
  readonly digest: Uint8Array;
}

/** The chunks of one content stand together, in ascending order, without gaps. */
export interface ChunkColumns {
  /** Where the chunk begins in its content. It ends where the next begins, or with the content. */
  readonly contentOffset: Float64Array;
  /** Where its compressed stream begins in the blob. */
  readonly blobOffset: Float64Array;
  /** An upper bound of where its compressed stream ends in the blob. */
  readonly blobEnd: Float64Array;
  /** Bytes to skip in the decompressed stream before the chunk's own. */
  readonly innerOffset: Float64Array;
  /** 32 bytes a chunk: sha256 of its decompressed bytes; all zero where the layer does not say. */
  readonly digest: Uint8Array;
}
