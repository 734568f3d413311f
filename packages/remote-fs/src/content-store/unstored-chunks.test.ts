import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUnstoredChunks } from './unstored-chunks.ts';

describe('createUnstoredChunks', () => {
  it('never holds more than it may, and has what was used last', () => {
    const step = fc.record({ key: fc.nat(9), length: fc.integer({ min: 1, max: 60 }), get: fc.boolean() });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      using chunks = createUnstoredChunks({ maxBytes: 100 });
      const last = new Map<string, number>();
      for (const { key: number, length, get } of steps) {
        const key = `${number}`;
        if (get) {
          const found = chunks.get(key);
          if (found) expect(found.length).toBe(last.get(key));
        } else {
          chunks.keep(key, new Uint8Array(length));
          last.set(key, length);
          expect(chunks.get(key)?.length).toBe(length);
        }
        expect(chunks.sizeBytes).toBeLessThanOrEqual(100);
      }
    });
    fc.assert(property);
  });

  it('forgets first what was not used for the longest time', () => {
    using chunks = createUnstoredChunks({ maxBytes: 30 });
    for (const key of ['a', 'b', 'c']) chunks.keep(key, new Uint8Array(10));
    chunks.get('a');
    chunks.keep('d', new Uint8Array(10));
    expect(['a', 'b', 'c', 'd'].filter((key) => chunks.get(key))).toEqual(['a', 'c', 'd']);
    chunks.delete('a');
    expect([chunks.get('a'), chunks.sizeBytes]).toEqual([undefined, 20]);
  });

  it('keeps none that is larger than all it may hold', () => {
    using chunks = createUnstoredChunks({ maxBytes: 30 });
    chunks.keep('a', new Uint8Array(10));
    chunks.keep('b', new Uint8Array(31));
    expect([chunks.get('a')?.length, chunks.get('b')]).toEqual([10, undefined]);
  });

  it('holds of a part of a buffer only that part', () => {
    using chunks = createUnstoredChunks();
    const whole = new Uint8Array(1000).fill(7);
    chunks.keep('a', whole.subarray(10, 20));
    expect(chunks.get('a')?.buffer.byteLength).toBe(10);
    expect(chunks.get('a')).toEqual(new Uint8Array(10).fill(7));
  });

  it('forgets all when nobody has used any for some time', async () => {
    using chunks = createUnstoredChunks({ idleMs: 20 });
    chunks.keep('a', new Uint8Array(10));
    for (let waited = 0; chunks.sizeBytes > 0 && waited < 5000; waited += 20) await delay(20);
    expect([chunks.sizeBytes, chunks.get('a')]).toEqual([0, undefined]);
  });
});
