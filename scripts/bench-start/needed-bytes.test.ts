import { expect, it } from 'vitest';
import { neededBytes } from './needed-bytes.ts';

it('adds up the ranges of all layers', () => {
  const layers = {
    'sha256:1': [
      [0, 10],
      [50, 5],
    ],
    'sha256:2': [[7, 100]],
    'sha256:3': [],
  };
  expect(neededBytes(JSON.stringify({ version: 1, layers }))).toBe(115);
});
