/**
 * Where the bytes of regular files are found once they are on this machine: a file a content below one
 * directory, named by its digest, and a bit for each of its chunks that says whether the chunk is there.
 */
export interface ContentTable {
  /**
   * The directory with the contents. The content with digest `abcdef...` is, complete and verified, the file
   * `ab/abcdef...` below it, or else, as far as `present` says, the sparse file `ab/abcdef....partial`.
   */
  readonly directory: string;
  /**
   * If set, a file counts as complete only if it is sealed with this salt (`sealOf`): one that is not is left to `fill`,
   * which finds out what its bytes are worth.
   */
  readonly sealSalt?: number | undefined;
  readonly contents: {
    readonly size: Float64Array;
    readonly chunkStart: Uint32Array;
    readonly chunkCount: Uint32Array;
    /** 32 bytes a content: the digest that names its file. Never all zero. */
    readonly digest: Uint8Array;
  };
  /** Where each chunk begins in its content. */
  readonly chunkOffset: Float64Array;
  /**
   * Bit `c % 32` of word `c / 32` is set once chunk c is on disk and verified. Shared memory: whoever brings
   * chunks sets bits with Atomics.or, after the bytes were written; the server only reads them, and sets all of
   * a content's bits where it finds the complete file by itself. Whoever removes a content removes its file first,
   * then clears its bits with Atomics.and, and only then may write a new file; one that is not complete is cut to
   * nothing before it is removed.
   */
  readonly present: Int32Array;
  /**
   * Word 0 counts up whenever contents were removed, before their bits are cleared. Shared memory. The server then lets go
   * of files that are no more: they take space on the disk for as long as it has them open, and their bytes may have been
   * wrong.
   */
  readonly removals?: Int32Array | undefined;
  /**
   * Which chunks were asked for, and in which order, if somebody wants to know: word 0 counts them, word `1 + c` is
   * the count at which chunk c was first asked for, 0 if it never was. Shared memory, written by the server only.
   */
  readonly reads?: Int32Array | undefined;
}
