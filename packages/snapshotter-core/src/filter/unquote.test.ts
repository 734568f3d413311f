import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { unquote } from './unquote.ts';

test('reads back whatever JSON has quoted, and stops at the end', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (value, rest) => {
      const quoted = JSON.stringify(value);
      expect(unquote(quoted + rest)).toEqual({ value, length: quoted.length });
    }),
  );
});

test.each([
  ['/a|"b/', 'a|"b'],
  ['|a/"b|', 'a/"b'],
  ['/a\\/b/', 'a/b'],
  ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', '\x07\b\f\n\r\t\v\\"'],
  ['"\\xc3\\xbc"', 'ü'],
  ['"\\303\\274"', 'ü'],
  ['"\\u00fc\\U0001f600"', 'ü😀'],
])('reads %s', (quoted, value) => {
  expect(unquote(quoted)?.value).toBe(value);
});

test.each(['"', '"a', '"a\\', '"a\\"', '"\\x1"', '"\\u12"', '"\\\'"', '"\\|"', '"\\8"', '"\\xc3"', '"\n"'])(
  'refuses %j',
  (quoted) => {
    expect(unquote(quoted)).toBeUndefined();
  },
);
