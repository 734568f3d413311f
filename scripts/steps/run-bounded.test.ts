import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endLeftovers } from './end-leftovers.ts';
import { leftProcesses, RUN_VARIABLE } from './leftovers.ts';
import { runBounded } from './run-bounded.ts';

const run = randomUUID();
const env = { [RUN_VARIABLE]: run };
let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'run-bounded-'));
});
afterEach(() => {
  endLeftovers(run, cwd);
  rmSync(cwd, { recursive: true });
});

const shell = (script: string, timeoutMs = 15_000) =>
  runBounded({ command: ['sh', '-c', script], cwd, env, timeoutMs });

test('a command that ends with status 0 ends well', async () => {
  await expect(shell('echo here > file')).resolves.toBeUndefined();
  expect(readFileSync(join(cwd, 'file'), 'utf8')).toBe('here\n');
});

test('says how a command failed', async () => {
  await expect(shell('exit 3')).resolves.toBe('it ended with status 3');
  await expect(shell('kill -9 $$')).resolves.toBe('it ended with SIGKILL');
  await expect(runBounded({ command: ['no-such-program'], cwd, timeoutMs: 1000 })).resolves.toMatch(
    /^cannot start no-such-program: .*ENOENT/,
  );
});

test('a command has no standard input to wait for', async () => {
  await expect(shell('cat')).resolves.toBeUndefined();
});

test('a command that takes too long is ended with the processes that it started', async () => {
  await expect(shell('sleep 300 & sleep 300', 300)).resolves.toBe('it did not end within 0.3 s');
  await expect.poll(() => leftProcesses(run)).toEqual([]);
});

test('an interruption ends the command too', async () => {
  const interruption = new AbortController();
  const command = { command: ['sleep', '300'], cwd, env, timeoutMs: 60_000 } as const;
  const ended = runBounded({ ...command, signal: interruption.signal });
  interruption.abort();
  await expect(ended).resolves.toBe('it was interrupted');
});

test('is not held up by an orphan that keeps the output open, which is found and ended afterwards', async () => {
  await expect(shell('setsid sleep 300 & exit 0')).resolves.toBeUndefined();
  expect(endLeftovers(run, cwd)).toEqual([expect.stringMatching(/^left running: sleep 300 \(pid \d+\)$/)]);
  await expect.poll(() => leftProcesses(run)).toEqual([]);
});
