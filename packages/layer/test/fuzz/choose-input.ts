import type { FuzzInput } from './fuzz-input.ts';
import type { Random } from './random.ts';

/** Whole blobs are compressed: a mutation of one seldom gets past that. */
const kinds = ['layer', 'layer', 'layer', 'layer', 'layer', 'layer', 'index', 'index', 'blob'] as const;

/** Half of the time one of the latest: they are nearest to what nobody has reached. */
export function chooseInput(from: readonly FuzzInput[], random: Random): FuzzInput {
  const kind = random.pick(kinds);
  const ofKind = from.filter((input) => input.kind === kind);
  const pool = ofKind.length > 0 ? ofKind : from;
  return random.pick(random.below(2) === 0 ? pool.slice(-20) : pool);
}
