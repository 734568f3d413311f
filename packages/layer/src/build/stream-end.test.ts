import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamEnd } from './stream-end.ts';

describe('where a stream ends', () => {
  const boundaries = Float64Array.from([100, 100, 200, 300]);

  it('is where the next one begins, or the data ends', () => {
    const end = (offset: number) => streamEnd(boundaries, { offset, length: 50, dataEnd: 400 });
    expect([100, 200, 300].map(end)).toEqual([200, 300, 400]);
  });

  it('is not behind the data, whatever the next one says', () => {
    expect(streamEnd(boundaries, { offset: 200, length: 50, dataEnd: 250 })).toBe(250);
  });

  it('is earlier where the bytes that are wanted cannot need so many', () => {
    expect(streamEnd(boundaries, { offset: 300, length: 50, dataEnd: 1e9 })).toBeLessThan(300 + 70_000);
  });

  it('leaves room for whatever zlib makes of incompressible bytes', () => {
    const options = fc.record({
      length: fc.nat(300_000),
      level: fc.nat(9),
      memLevel: fc.integer({ min: 1, max: 9 }),
      windowBits: fc.integer({ min: 9, max: 15 }),
      strategy: fc.nat(4),
    });
    const property = fc.property(options, ({ length, ...zlib }) => {
      const compressed = gzipSync(randomBytes(length), zlib);
      const end = streamEnd(new Float64Array(0), { offset: 0, length, dataEnd: 1e9 });
      expect(compressed.length).toBeLessThanOrEqual(end);
    });
    fc.assert(property, { numRuns: 40 });
  });
});
