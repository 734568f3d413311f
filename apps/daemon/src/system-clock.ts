import type { Clock } from '@sluice/snapshotter-core';

export interface ClockSources {
  /** Milliseconds since 1970, as `Date.now`. */
  readonly wallMs: () => number;
  /** Nanoseconds since any moment, as `process.hrtime.bigint`. */
  readonly monotonicNs: () => bigint;
}

const nsPerMs = 1_000_000n;
/** Whoever is interrupted in an attempt is late; hardly in all of them. */
const anchorAttempts = 5;

/**
 * The wall clock with the resolution of the monotonic one. Node gives milliseconds only; so the moment is caught
 * when they change, and nanoseconds are counted from there. Each call compares: when the wall clock is set, or runs
 * otherwise than the monotonic one, this follows; never backwards, though: then it stands until it is overtaken, a
 * nanosecond a call apart.
 */
export function createSystemClock(
  sources: ClockSources = { wallMs: Date.now, monotonicNs: process.hrtime.bigint },
): Clock {
  const { wallMs, monotonicNs } = sources;
  let offsetNs = anchor(sources);
  let lastNs = 0n;
  return () => {
    // In this order: it is no earlier than this now, however long this is interrupted.
    const earliestNs = BigInt(wallMs()) * nsPerMs;
    let nowNs = monotonicNs() + offsetNs;
    const errorNs = nowNs < earliestNs ? nowNs - earliestNs : beyond(nowNs, earliestNs, wallMs);
    offsetNs -= errorNs;
    nowNs -= errorNs;
    lastNs = nowNs > lastNs ? nowNs : lastNs + 1n;
    return lastNs;
  };
}

/** How far a time is ahead of the wall clock's millisecond. */
function beyond(nowNs: bigint, earliestNs: bigint, wallMs: () => number): bigint {
  if (nowNs < earliestNs + nsPerMs) return 0n;
  const latestNs = BigInt(wallMs() + 1) * nsPerMs;
  return nowNs > latestNs ? nowNs - latestNs : 0n;
}

/** What to add to the monotonic clock: the most of some attempts, as one that is interrupted gives less. */
function anchor({ wallMs, monotonicNs }: ClockSources): bigint {
  const attempt = () => {
    const before = wallMs();
    let now = before;
    while (now === before) now = wallMs();
    return BigInt(now) * nsPerMs - monotonicNs();
  };
  const offsets = Array.from({ length: anchorAttempts }, attempt);
  return offsets.toSorted((a, b) => (a < b ? -1 : 1)).at(-1)!;
}
