/**
 * Wall-clock time in nanoseconds since 1970, UTC; never runs backwards within a process.
 * Clients compare it with their own nanosecond clocks: milliseconds are too coarse.
 */
export type Clock = () => bigint;
