import type { Clock } from '@sluice/snapshotter-core';

export interface ClockSources {
  /** Milliseconds since 1970, as `Date.now`. */
  readonly wallMs: () => number;
  /** Nanoseconds since any moment, as `process.hrtime.bigint`. */
  readonly monotonicNs: () => bigint;
}

const nsPerMs = 1_000_000n;
/** The wall clock was set, rather than slewed, if it is further away than this. */
const stepMs = 20n;

/**
 * The wall clock with the resolution of the monotonic one. Node gives milliseconds only; so the moment is caught
 * when they change, and nanoseconds are counted from there. When the wall clock is set, this follows; never
 * backwards, though: then it stands until it is overtaken, a nanosecond a call apart.
 */
export function createSystemClock(
  sources: ClockSources = { wallMs: Date.now, monotonicNs: process.hrtime.bigint },
): Clock {
  const { wallMs, monotonicNs } = sources;
  let offsetNs = anchor(sources);
  let lastNs = 0n;
  return () => {
    let nowNs = monotonicNs() + offsetNs;
    const driftMs = BigInt(wallMs()) - nowNs / nsPerMs;
    if (driftMs > stepMs || driftMs < -stepMs) {
      offsetNs = anchor(sources);
      nowNs = monotonicNs() + offsetNs;
    }
    lastNs = nowNs > lastNs ? nowNs : lastNs + 1n;
    return lastNs;
  };
}

/** What to add to the monotonic clock. Takes up to a millisecond. */
function anchor({ wallMs, monotonicNs }: ClockSources): bigint {
  const before = wallMs();
  let now = before;
  while (now === before) now = wallMs();
  return BigInt(now) * nsPerMs - monotonicNs();
}
