import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { COUNTS_VARIABLE, readCounts, reportCounts } from './counts.ts';

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
  reportCounts({ passed: 20, failed: 1 });
  expect(readCounts(path)).toEqual({ passed: 20, failed: 1 });
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
  expect(readCounts(path)).toEqual({ passed: 7, failed: 2 });
});

test.each(['', '{', '{}', '{"passed":3}', '[]', 'null'])('a suite that left %j has failed', (text) => {
  writeFileSync(path, text);
  expect(readCounts(path)).toEqual({ passed: 0, failed: 1 });
});

test('a suite that left nothing has failed', () => {
  expect(readCounts(join(directory, 'missing'))).toEqual({ passed: 0, failed: 1 });
});
