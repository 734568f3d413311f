import type { FuseStats } from '../fuse-stats.ts';
import { passthroughStates } from '../passthrough-state.ts';
import { Counter } from './counter.ts';

/** A copy of a mount's counters as they are now. */
export function readStats(counters: Float64Array): FuseStats {
  const entries = Object.entries(Counter).map(([name, slot]) => [name, counters[slot]!] as const);
  const numbers = Object.fromEntries(entries) as Record<keyof FuseStats, number>;
  return { ...numbers, passthrough: passthroughStates[numbers.passthrough]! };
}
