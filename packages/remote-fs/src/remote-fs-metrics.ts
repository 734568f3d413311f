/** Counts what lazily mounted layers do. Called often: must be quick and must not throw. */
export interface RemoteFsMetrics {
  /** A read needed bytes that were not here; `failed` if it got none (EIO). */
  readMissed(report: { readonly durationMs: number; readonly failed: boolean }): void;
  /** A range of a blob was fetched: compressed bytes; or (`failed`) it was not to be had. */
  rangeFetched(report: {
    readonly bytes: number;
    readonly durationMs: number;
    readonly failed: boolean;
  }): void;
  /**
   * A chunk was fetched and is not kept, because the disk is full or broken, or the store at its bound: uncompressed bytes.
   * Readers get it.
   */
  contentUnstored(report: { readonly bytes: number }): void;
}
