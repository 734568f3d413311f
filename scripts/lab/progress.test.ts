import { expect, it } from 'vitest';
import { createProgress } from './progress.ts';

function recorder() {
  const written: string[] = [];
  return { written, progress: createProgress((text) => written.push(text)) };
}

it('writes the title at the start and the duration at the end, and returns the result', async () => {
  const { written, progress } = recorder();
  const result = await progress.stage('Working', async () => {
    expect(written).toEqual(['Working ... ']);
    return 42;
  });
  expect(result).toBe(42);
  expect(written.join('')).toMatch(/^Working \.\.\. \d+\.\d s\n$/);
});

it('says that a stage failed, and passes the failure on', async () => {
  const { written, progress } = recorder();
  await expect(progress.stage('Working', () => Promise.reject(new Error('why')))).rejects.toThrow('why');
  expect(written.join('')).toBe('Working ... failed\n');
});
