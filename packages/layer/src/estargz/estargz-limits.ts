/** Bounds on what a layer may ask for. A layer beyond them is refused with TOO_LARGE, and can be pulled whole. */
export interface EstargzLimits {
  /** Bytes of the compressed table of contents: held in memory while it is read. Default 128 MiB. */
  readonly compressedTocBytes: number;
  /** Bytes of its JSON: not held, but a bound on the time. Default 512 MiB. */
  readonly tocBytes: number;
  /** Names in the layer. Default 2 million: an index of about 400 MB. */
  readonly maxInodes: number;
  /** Bytes of all names, link targets and (each list once) extended attributes. Default 128 MiB: 64 bytes a name. */
  readonly textBytes: number;
  /** Chunks in the layer. Default 2 million. */
  readonly maxChunks: number;
  /** Bytes decompressed to get at one chunk. Default 64 MiB; builders use 4 MiB and less. */
  readonly chunkBytes: number;
}

export const defaultEstargzLimits: EstargzLimits = {
  compressedTocBytes: 128 * 1024 * 1024,
  tocBytes: 512 * 1024 * 1024,
  maxInodes: 2_000_000,
  textBytes: 128 * 1024 * 1024,
  maxChunks: 2_000_000,
  chunkBytes: 64 * 1024 * 1024,
};
