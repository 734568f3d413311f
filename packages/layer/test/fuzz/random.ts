/** Random numbers that a seed repeats. */
export interface Random {
  /** A whole number from 0 up to, not including, `end`. */
  below(end: number): number;
  /** One of these; they must not be none. */
  pick<T>(from: readonly T[]): T;
}

/** Marsaglia's xorshift32: enough to choose mutations with, and the same on every machine. */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end);
  return { below, pick: (from) => from[below(from.length)]! };
}
