import { chunkRange } from '@sluice/layer';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeTestLayer, noise, type TestLayer } from '../../test/test-layer.ts';
import { groupChunks } from './group-chunks.ts';

const chunkSizeBytes = 1000;
let layer: TestLayer;
beforeAll(async () => {
  layer = await makeTestLayer([{ name: 'big', type: 'reg', content: noise(20_000) }], { chunkSizeBytes });
});

describe('groupChunks', () => {
  it('joins neighbours into one range', () => {
    const groups = groupChunks(layer.index, [0, 1, 2], { maxRangeBytes: 1e6, maxGapBytes: 0 });
    expect(groups).toHaveLength(1);
    expect(groups[0]!.chunks).toEqual([0, 1, 2]);
  });

  it('bridges a small gap and leaves a big one', () => {
    const limits = { maxRangeBytes: 1e6, maxGapBytes: 1500 };
    const groups = groupChunks(layer.index, [0, 2, 7], limits);
    expect(groups.map((group) => group.chunks)).toEqual([[0, 2], [7]]);
  });

  it('closes the shortest gaps first, as long as they add little to all bytes', () => {
    const chunks = [0, 2, 5, 9, 10, 11, 12, 13];
    const groupsWithin = (maxGapShare: number) =>
      groupChunks(layer.index, chunks, { maxRangeBytes: 1e6, maxGapBytes: 1e6, maxGapShare }).map(
        (group) => group.chunks,
      );
    expect(groupsWithin(0.1)).toEqual([[0], [2], [5], [9, 10, 11, 12, 13]]);
    expect(groupsWithin(0.2)).toEqual([[0, 2], [5], [9, 10, 11, 12, 13]]);
    expect(groupsWithin(0.5)).toEqual([
      [0, 2, 5],
      [9, 10, 11, 12, 13],
    ]);
    expect(groupsWithin(1)).toEqual([chunks]);
  });

  it('lets no range grow beyond its limit by joining', () => {
    const groups = groupChunks(layer.index, [0, 1, 2, 3], { maxRangeBytes: 2500, maxGapBytes: 0 });
    expect(groups.map((group) => group.chunks)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it('covers each chunk exactly once, whatever is asked for', () => {
    const limits = { maxRangeBytes: 5000, maxGapBytes: 1200 };
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(layer.index.chunkCount - 1)), (chunks) => {
        const groups = groupChunks(layer.index, chunks, limits);
        expect(groups.flatMap((group) => group.chunks).sort((a, b) => a - b)).toEqual(
          [...chunks].sort((a, b) => a - b),
        );
        for (const group of groups) {
          for (const chunk of group.chunks) {
            const { offset, length } = chunkRange(layer.index, chunk);
            expect(offset).toBeGreaterThanOrEqual(group.offset);
            expect(offset + length).toBeLessThanOrEqual(group.offset + group.length);
          }
        }
      }),
    );
  });
});
