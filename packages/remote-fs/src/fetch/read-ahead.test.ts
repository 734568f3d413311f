import type { LayerIndex } from '@sluice/layer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlobOrder } from './blob-order.ts';
import { createReadAhead } from './read-ahead.ts';

/** Of an index, only where the chunks lie matters here: 64 chunks, each of which fills a block of 4 KiB. */
function setUp(options = { baseBytes: 4096, maxBytes: 16 * 4096 }) {
  const blobOffset = Float64Array.from({ length: 64 }, (_, chunk) => chunk * 4096);
  const chunks = { blobOffset, blobEnd: blobOffset.map((offset) => offset + 4096) };
  const index = { chunkCount: 64, chunks } as unknown as LayerIndex;
  return { index, readAhead: createReadAhead({ index, order: createBlobOrder(index) }, options) };
}

describe('createReadAhead', () => {
  it('wants nothing ahead for the first chunk, nor for one far away', () => {
    const { readAhead } = setUp();
    expect(readAhead.plan(20)).toEqual({ near: [20], ahead: [] });
    expect(readAhead.plan(50)).toEqual({ near: [50], ahead: [] });
  });

  it('doubles what it wants for a sequential reader, up to the largest block', () => {
    const { readAhead, index } = setUp();
    const wanted = new Set<number>();
    const steps: number[] = [];
    for (let chunk = 0; chunk < index.chunkCount; chunk++) {
      if (wanted.has(chunk)) continue;
      const { near, ahead } = readAhead.plan(chunk);
      const before = wanted.size;
      for (const other of [...near, ...ahead]) wanted.add(other);
      steps.push(wanted.size - before);
    }
    expect(steps).toEqual([1, 1, 2, 4, 8, 16, 16, 16]);
  });

  it('wants all of a block once more than half of it was wanted, in whatever order', () => {
    const { readAhead } = setUp();
    const plans = [3, 1, 0].map((chunk) => readAhead.plan(chunk));
    expect(plans.map((plan) => plan.ahead)).toEqual([[], [], [1, 2, 3]]);
  });

  it('wants small neighbours with a chunk', () => {
    const { readAhead } = setUp({ baseBytes: 64 * 1024, maxBytes: 64 * 1024 });
    const { near } = readAhead.plan(2);
    expect(near.slice(0, 3)).toEqual([0, 1, 2]);
    expect(near).toHaveLength(16);
  });

  it('always names the chunk itself, in the order of the blob, and nothing twice', () => {
    const { readAhead, index } = setUp({ baseBytes: 10_000, maxBytes: 160_000 });
    fc.assert(
      fc.property(fc.nat(index.chunkCount - 1), (chunk) => {
        const { near, ahead } = readAhead.plan(chunk);
        expect(near).toContain(chunk);
        const all = [...near, ...ahead];
        expect(new Set(all).size).toBe(all.length);
        for (const list of [near, ahead]) expect(list.toSorted((a, b) => a - b)).toEqual(list);
      }),
    );
  });
});
