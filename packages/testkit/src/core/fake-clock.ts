/** A clock that tests set. Every reading is one nanosecond later than the one before, so that no two are equal. */
export interface FakeClock {
  (): bigint;
  advance(durationMs: number): void;
}

export function createFakeClock(startNs = 1_700_000_000_000_000_000n): FakeClock {
  let nowNs = startNs;
  const read = () => ++nowNs;
  return Object.assign(read, {
    advance(durationMs: number) {
      nowNs += BigInt(durationMs) * 1_000_000n;
    },
  });
}
