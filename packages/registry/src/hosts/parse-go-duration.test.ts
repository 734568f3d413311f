import { expect, test } from 'vitest';
import { parseGoDuration } from './parse-go-duration.ts';

test.each<[string, number | undefined]>([
  ['10s', 10_000],
  ['300ms', 300],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['250µs', 0.25],
  ['', undefined],
  ['10', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1s ', undefined],
  ['1d', undefined],
])('a Go duration of %j is %s ms', (text, durationMs) => {
  expect(parseGoDuration(text)).toBe(durationMs);
});
