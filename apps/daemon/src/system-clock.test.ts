import { describe, expect, it } from 'vitest';
import { createSystemClock } from './system-clock.ts';

/** Clocks that a test sets; the wall clock ticks by itself each time it is looked at, as time would pass. */
function fakeSources() {
  const state = { ns: 5_000_000_000_000n, wallOffsetNs: 1_700_000_000_000_000_000n };
  const sources = {
    wallMs: () => {
      state.ns += 100_000n;
      return Number((state.ns + state.wallOffsetNs) / 1_000_000n);
    },
    monotonicNs: () => state.ns,
  };
  return { state, sources };
}

describe('createSystemClock', () => {
  it('agrees with the wall clock to the microsecond', () => {
    const { state, sources } = fakeSources();
    const clock = createSystemClock(sources);
    const difference = clock() - (state.ns + state.wallOffsetNs);
    expect(difference > -200_000n && difference < 200_000n).toBe(true);
  });

  it('never gives the same time twice and never goes back', () => {
    const { sources } = fakeSources();
    const clock = createSystemClock({ ...sources, monotonicNs: () => 7n });
    const times = Array.from({ length: 100 }, clock);
    for (let at = 1; at < times.length; at++) expect(times[at]! > times[at - 1]!).toBe(true);
  });

  it('follows the wall clock when that is set forward', () => {
    const { state, sources } = fakeSources();
    const clock = createSystemClock(sources);
    const before = clock();
    state.wallOffsetNs += 3_600_000_000_000n;
    expect(clock() - before).toBeGreaterThan(3_590_000_000_000n);
  });

  it('stands still rather than going back when the wall clock is set back', () => {
    const { state, sources } = fakeSources();
    const clock = createSystemClock(sources);
    const before = clock();
    state.wallOffsetNs -= 3_600_000_000_000n;
    expect(clock()).toBe(before + 1n);
  });

  it('was set right although the first look at the clocks was interrupted', () => {
    const { state, sources } = fakeSources();
    let looks = 0;
    const monotonicNs = () => {
      // Between the look at the one clock and that at the other.
      if (looks++ === 0) state.ns += 900_000n;
      return state.ns;
    };
    const clock = createSystemClock({ ...sources, monotonicNs });
    const difference = clock() - (state.ns + state.wallOffsetNs);
    expect(difference > -200_000n && difference < 200_000n).toBe(true);
  });

  it.each([-1n, 1n])('follows a wall clock that runs %d thousandth faster', (faster) => {
    const { state, sources } = fakeSources();
    const clock = createSystemClock(sources);
    for (let i = 0; i < 10_000; i++) {
      state.ns += 1_000_000n;
      state.wallOffsetNs += faster * 1000n;
      clock();
    }
    const difference = clock() - (state.ns + state.wallOffsetNs);
    expect(difference > -1_200_000n && difference < 1_200_000n).toBe(true);
  });

  it('lies between two looks at the real clock', () => {
    const clock = createSystemClock();
    const before = BigInt(Date.now()) * 1_000_000n;
    const now = clock();
    const after = (BigInt(Date.now()) + 1n) * 1_000_000n;
    expect(now >= before && now <= after).toBe(true);
  });
});
