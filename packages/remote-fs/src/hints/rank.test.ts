import { describe, expect, it } from 'vitest';
import { compareRanks } from './rank.ts';

describe('compareRanks', () => {
  it('goes depth first, from what was read last', () => {
    const ranks = [[30, 3], [30], [31, 0], [30, 2, 0], [30, 2], [29, 0], [30, 2, 0, 5], [30, 2, 1]];
    expect(ranks.sort(compareRanks)).toEqual([
      [31, 0],
      [30],
      [30, 2],
      [30, 2, 0],
      [30, 2, 0, 5],
      [30, 2, 1],
      [30, 3],
      [29, 0],
    ]);
  });
});
