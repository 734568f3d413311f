import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestedRange } from './requested-range.ts';

test.each<[string | undefined, number, unknown]>([
  [undefined, 10, undefined],
  ['bytes=0-3', 10, { start: 0, end: 4 }],
  ['bytes=3-', 10, { start: 3, end: 10 }],
  ['bytes=-3', 10, { start: 7, end: 10 }],
  ['bytes=-30', 10, { start: 0, end: 10 }],
  ['bytes=0-99', 10, { start: 0, end: 10 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=5-4', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-0', 0, 'unsatisfiable'],
  ['bytes=0-1,3-4', 10, undefined],
  ['bytes=-', 10, undefined],
  ['items=0-1', 10, undefined],
])('Range: %s of %d bytes', (header, size, expected) => {
  expect(requestedRange(header, size)).toEqual(expected);
});

test('a range lies inside the content', () => {
  fc.assert(
    fc.property(fc.option(fc.nat(200)), fc.option(fc.nat(200)), fc.nat(100), (first, last, size) => {
      const range = requestedRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
      if (range === undefined || range === 'unsatisfiable') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeLessThanOrEqual(size);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
    }),
  );
});
