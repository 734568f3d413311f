import type { OpenContent } from './open-content.ts';

/**
 * The verified contents of all layers of all images on this machine, each kept once, below one directory:
 *
 * ```
 *   <directory>/ab/abcdef...            complete and verified; synchronised to disk, and sealed, before it got this
 *                                       name. Where the seal is broken, it is taken for a partial file.
 *   <directory>/ab/abcdef....partial    sparse; which of its chunks are good is known to the process that
 *                                       wrote them, and after a restart found out anew by their digests
 * ```
 *
 * So nothing has to be recorded beside the bytes: after a crash or power loss a partial file is only a hint.
 * Directories have mode 0700, files 0600. Disposing the store waits a few seconds for complete contents to be
 * synchronised; what is not done by then stays partial.
 */
export interface ContentStore extends AsyncDisposable {
  /** Absolute. */
  readonly directory: string;

  /**
   * What the seals of complete files are made with, which says that they are as they were when they were verified (see
   * sealing.ts); undefined where the file system cannot keep seals.
   */
  readonly sealSalt: number | undefined;

  /**
   * Opens a content, whether or not any of it is here. Nothing is written yet.
   *
   * @throws RemoteFsError CLOSED after disposal; the errors of the file system
   */
  open(shape: ContentShape): Promise<OpenContent>;

  /**
   * Word 0 counts up when contents were removed or are no longer trusted: what `list` said may be wrong since. Shared
   * memory.
   */
  readonly removals: Int32Array;

  /** Whether there is room, within the bounds, for what nobody has asked for yet. */
  hasRoom(): boolean;

  /** What is wrong with the disk now, so that what is fetched is not kept, and what to do; undefined if all is well. */
  problem(): string | undefined;

  /** Removes what was not used for the longest time, as far as the bounds ask for it; nothing that is in use. */
  trim(): Promise<void>;

  /** Which chunks of a partial content this process has verified. @param name in hex @returns undefined if none are */
  trusted(name: string): TrustedChunks | undefined;

  /**
   * Trusts contents no more: they are removed, or, where a partial one is in use, all of its chunks count as missing.
   *
   * @param names in hex
   */
  discard(names: readonly string[]): Promise<void>;

  /** The names, in hex, of all contents that are complete. */
  list(): Promise<ReadonlySet<string>>;
}

export interface TrustedChunks {
  readonly chunkCount: number;
  /** Whether that chunk is verified, now. */
  has(chunk: number): boolean;
}

/** What the name of a content stands for: the same name always comes with the same shape. */
export interface ContentShape {
  /** 32 bytes: ContentColumns.digest of `@sluice/layer`. */
  readonly name: Uint8Array;
  readonly sizeBytes: number;
  readonly chunkCount: number;
}
