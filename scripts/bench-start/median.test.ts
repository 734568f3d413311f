import { expect, it } from 'vitest';
import { medianOf } from './median.ts';

it.each([
  [[3], 3],
  [[10, 9, 1], 9],
  [[4, 1, 100, 2], 3],
])('of %j is %d', (values, median) => {
  expect(medianOf(values)).toBe(median);
});

it('is no number where there are no values', () => {
  expect(medianOf([])).toBeNaN();
});
