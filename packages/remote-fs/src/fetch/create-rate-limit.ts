/** A limit on bytes a second. What is spent at once is paid for by waiting afterwards. */
export interface RateLimit {
  /** Milliseconds until something may be spent again. */
  waitMs(): number;
  spend(bytes: number): void;
}

/** @param bytesPerSecond 0 for no limit */
export function createRateLimit(bytesPerSecond: number): RateLimit {
  let freeAt = 0;
  return {
    waitMs: () => (bytesPerSecond === 0 ? 0 : Math.max(0, freeAt - performance.now())),
    spend(bytes) {
      if (bytesPerSecond === 0) return;
      freeAt = Math.max(freeAt, performance.now()) + (bytes / bytesPerSecond) * 1000;
    },
  };
}
