import { expect, it } from 'vitest';
import { releaseMemory } from './release-memory.ts';

it('gives back what is garbage, and keeps what is not', () => {
  const objects = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `object ${i}`, i }));
  const kept = objects(1000);
  releaseMemory();
  const before = process.memoryUsage().rss;
  let garbage: unknown = objects(500_000);
  const full = process.memoryUsage().rss;
  expect(garbage).toHaveLength(500_000);
  garbage = undefined;
  releaseMemory();
  const after = process.memoryUsage().rss;
  expect(full - after).toBeGreaterThan((full - before) / 2);
  expect(kept[999]).toEqual({ name: 'object 999', i: 999 });
});
