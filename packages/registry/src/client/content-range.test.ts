import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContentRange } from './content-range.ts';

describe('parseContentRange', () => {
  test.each([
    ['bytes 0-499/1234', { first: 0, last: 499, total: 1234 }],
    ['bytes 0-499/*', { first: 0, last: 499, total: undefined }],
    ['bytes */1234', { first: undefined, last: undefined, total: 1234 }],
    ['Bytes 5-5/6 ', { first: 5, last: 5, total: 6 }],
  ])('reads %j', (value, expected) => {
    expect(parseContentRange(value)).toEqual(expected);
  });

  test.each([
    undefined,
    '',
    'bytes */*',
    'bytes 5-4/10',
    'bytes 0-10/10',
    'bytes 0-9',
    'bytes=0-9/10',
    'items 0-9/10',
    'bytes -1-9/10',
    'bytes 0-9/10, bytes 0-9/10',
    `bytes 0-${'9'.repeat(40)}/*`,
  ])('refuses %j', (value) => {
    expect(parseContentRange(value)).toBeUndefined();
  });

  test('reads what servers write', () => {
    const numbers = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(numbers, ([first, more, rest]) => {
        const [last, total] = [first + more, first + more + rest + 1];
        expect(parseContentRange(`bytes ${first}-${last}/${total}`)).toEqual({ first, last, total });
      }),
    );
  });
});
