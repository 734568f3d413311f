/** What a mount has been asked for since it was made. */
export interface FuseStats {
  readonly requests: number;
  readonly lookups: number;
  readonly directoryReads: number;
  readonly reads: number;
  readonly readBytes: number;
  /** Reads that waited for bytes to be brought. */
  readonly misses: number;
  /** Replies that the kernel no longer wanted, and local reads that failed. */
  readonly errors: number;
}
