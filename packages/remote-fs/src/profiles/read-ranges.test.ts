import type { LayerIndex } from '@sluice/layer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlobOrder } from '../fetch/blob-order.ts';
import { chunksOfRanges, rangesOfReads } from './read-ranges.ts';

/** Of an index, only where the chunks lie matters here: chunks of 1000 bytes, with so many between them. */
function layerWith(chunkCount: number, gap: number) {
  const blobOffset = Float64Array.from({ length: chunkCount }, (_, chunk) => chunk * (1000 + gap));
  const chunks = { blobOffset, blobEnd: blobOffset.map((offset) => offset + 1000) };
  const index = { chunkCount, chunks } as unknown as LayerIndex;
  return { index, order: createBlobOrder(index) };
}

/** The record of reads of chunks in that order. */
function readsOf(chunkCount: number, chunks: readonly number[]): Int32Array {
  const reads = new Int32Array(1 + chunkCount);
  for (const chunk of chunks) reads[1 + chunk] ||= ++reads[0]!;
  return reads;
}

describe('the ranges of what was read', () => {
  it('are in the order of the first reads, and one where neighbours were read one after another', () => {
    const { index } = layerWith(10, 0);
    expect(rangesOfReads(index, readsOf(10, [7, 2, 3, 4, 3, 0]))).toEqual([
      [7000, 1000],
      [2000, 3000],
      [0, 1000],
    ]);
  });

  it('stand for the chunks that were read, in their order', () => {
    const chunks = fc.uniqueArray(fc.nat(19), { maxLength: 20 });
    fc.assert(
      fc.property(chunks, fc.constantFrom(0, 100, 5000), (read, gap) => {
        const { index, order } = layerWith(20, gap);
        const ranges = rangesOfReads(index, readsOf(20, read));
        expect(chunksOfRanges(order, 20, ranges)).toEqual(read);
      }),
    );
  });

  it('are nothing outside of the blob', () => {
    const { order } = layerWith(5, 0);
    expect(
      chunksOfRanges(order, 5, [
        [1e12, 1000],
        [4000, 1e12],
      ]),
    ).toEqual([4]);
  });
});
