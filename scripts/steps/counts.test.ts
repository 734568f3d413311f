import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addCounts, addFailure, COUNTS_VARIABLE, readCounts, reportCounts } from './counts.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'counts-'));
  path = join(directory, 'counts.json');
});
afterEach(() => {
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  rmSync(directory, { recursive: true });
});

test('counts that a suite has left can be read', () => {
  vi.stubEnv(COUNTS_VARIABLE, path);
  const counts = { passed: 20, failed: 1, failures: ['a test'] };
  reportCounts(counts);
  expect(readCounts(path)).toEqual(counts);
});

test.each([
  [{ passed: 3, failed: 0 }, 0],
  [{ passed: 3, failed: 1 }, 1],
  [{ passed: 0, failed: 0 }, 1],
])('a suite that ended with %j exits with %i', (counts, status) => {
  vi.stubEnv(COUNTS_VARIABLE, path);
  reportCounts(counts);
  expect(process.exitCode).toBe(status);
});

test("reads vitest's report", () => {
  writeFileSync(path, JSON.stringify({ numTotalTests: 9, numPassedTests: 7, numFailedTests: 2 }));
  expect(readCounts(path)).toEqual({ passed: 7, failed: 2, failures: [] });
});

test.each(['', '{', '{}', '{"passed":3}', '[]', 'null'])('a suite that left %j has failed', (text) => {
  writeFileSync(path, text);
  expect(readCounts(path)).toMatchObject({ passed: 0, failed: 1, failures: [expect.any(String)] });
});

test('a suite that left nothing has failed', () => {
  expect(readCounts(join(directory, 'missing'))).toMatchObject({
    passed: 0,
    failed: 1,
    failures: [expect.stringContaining('ENOENT')],
  });
});

test('counts are added with what has failed', () => {
  const a = { passed: 1, failed: 1, failures: ['a'] };
  expect(addCounts(a, { passed: 2, failed: 0 })).toEqual({ passed: 3, failed: 1, failures: ['a'] });
  expect(addFailure(a, 'b')).toEqual({ passed: 1, failed: 2, failures: ['a', 'b'] });
});
