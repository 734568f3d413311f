/**
 * A content in use, shared by all who opened it. Chunks are counted from 0 within the content. Dispose it after
 * use: a content keeps a file descriptor while somebody has it open.
 */
export interface OpenContent extends AsyncDisposable {
  /** The whole content is here and verified; nothing else needs to be called. */
  readonly complete: boolean;

  /** True once the chunk was verified by this process and is in the file. */
  verified(chunk: number): boolean;

  /** True if the file has bytes from an earlier process where the chunk lies: they may be good or not. */
  uncertain(chunk: number): boolean;

  /** Bytes as they are in the file, verified or not; fewer at its end, none where there is no file. */
  read(offset: number, length: number): Promise<Uint8Array>;

  /**
   * Writes a verified chunk at `offset` of the content. It is `verified` afterwards.
   *
   * @returns false if it is not: the disk is full or broken, or the store would hold more than it may. Then it is
   *   `unstored`
   */
  write(chunk: number, offset: number, bytes: Uint8Array): Promise<boolean>;

  /** A verified chunk that could not be written, as long as memory has it: not for long, and not many. */
  unstored(chunk: number): Uint8Array | undefined;

  /**
   * Settles an uncertain chunk: its bytes were read and compared with its digest. Good ones are `verified`
   * afterwards.
   */
  settle(chunk: number, good: boolean): void;
}
