import type { LayerIndex } from '@sluice/layer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlobOrder } from './blob-order.ts';

/** Of an index, only where the chunks lie matters here. */
function indexWith(offsets: readonly number[]): LayerIndex {
  const chunks = { blobOffset: Float64Array.from(offsets) };
  return { chunkCount: offsets.length, chunks } as unknown as LayerIndex;
}

describe('createBlobOrder', () => {
  it('gives every chunk a position, by its place in the blob, and finds it there', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1 }), fc.nat(60), (offsets, from) => {
        const order = createBlobOrder(indexWith(offsets));
        const chunks = offsets.map((_, position) => order.chunkAt(position));
        expect(chunks.map((chunk) => offsets[chunk])).toEqual(offsets.toSorted((a, b) => a - b));
        expect(chunks.map((chunk) => order.positionOf(chunk))).toEqual([...offsets.keys()]);
        const first = order.firstFrom(from);
        expect(chunks.slice(0, first).every((chunk) => offsets[chunk]! < from)).toBe(true);
        expect(chunks.slice(first).every((chunk) => offsets[chunk]! >= from)).toBe(true);
      }),
    );
  });
});
