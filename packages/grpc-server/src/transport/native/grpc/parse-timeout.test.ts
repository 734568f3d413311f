import { expect, test } from 'vitest';
import { parseTimeout } from './parse-timeout.ts';

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['30S', 30_000],
  ['99999999m', 99_999_999],
  ['1500u', 1.5],
  ['1000000n', 1],
  ['0n', 0],
])('the timeout %s is %d ms', (text, timeoutMs) => {
  expect(parseTimeout(text)).toBeCloseTo(timeoutMs);
});

test.each(['', 'S', '1', '1s', '-1S', '1.5S', '123456789S', '1S ', 'soon'])('%j is no timeout', (text) => {
  expect(parseTimeout(text)).toBeUndefined();
});
