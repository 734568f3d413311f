import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addRanges } from './add-ranges.ts';

const range = fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 10 }));
const bytesOf = (ranges: readonly (readonly [number, number])[]) =>
  new Set(ranges.flatMap(([offset, length]) => Array.from({ length }, (_, at) => offset + at)));

describe('addRanges', () => {
  it('keeps what is known, and appends what is new in its order', () => {
    const known = [
      [100, 50],
      [0, 20],
    ] as const;
    const read = [
      [500, 10],
      [100, 10],
      [10, 20],
    ] as const;
    expect(addRanges(known, read)).toEqual([...known, [500, 10], [10, 20]]);
    expect(addRanges(known, [[110, 40]])).toBe(known);
  });

  it('has every byte of both, and nothing that is there already', () => {
    fc.assert(
      fc.property(fc.array(range), fc.array(range), (known, read) => {
        const all = addRanges(known, read);
        expect(bytesOf(all)).toEqual(bytesOf([...known, ...read]));
        expect(all.slice(0, known.length)).toEqual(known);
        const before = bytesOf(known);
        for (const added of all.slice(known.length)) {
          expect([...bytesOf([added])].some((byte) => !before.has(byte))).toBe(true);
        }
      }),
    );
  });
});
