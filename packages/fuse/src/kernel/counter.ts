/** Slots of a mount's counters: shared memory that the pump writes and the main thread reads. */
export const Counter = {
  requests: 0,
  lookups: 1,
  directoryReads: 2,
  reads: 3,
  readBytes: 4,
  misses: 5,
  errors: 6,
  opens: 7,
  passthroughOpens: 8,
  /** Number of a PassthroughState. */
  passthrough: 9,
} as const;

export const COUNTERS = Object.keys(Counter).length;
