import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lastLines, runCommand } from './run-command.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-run-command-'));
afterAll(() => rmSync(directory, { recursive: true }));

const logFile = join(directory, 'log');
const sh = (script: string, { timeoutMs = 20_000, signal = new AbortController().signal } = {}) =>
  runCommand({ command: 'sh', args: ['-c', script], env: process.env, logFile, timeoutMs, signal });

describe('runCommand', () => {
  it('returns what was said on stdout and when that began', async () => {
    const startedMs = performance.now();
    const { stdout, firstOutputMs } = await sh('sleep 0.2; echo one; echo two');
    expect(stdout).toBe('one\ntwo\n');
    expect(firstOutputMs! - startedMs).toBeGreaterThan(190);
  });

  it('knows no first output of a silent command', async () => {
    expect(await sh('echo error >&2')).toEqual({ stdout: '', firstOutputMs: undefined });
  });

  it('adds both streams to the log', async () => {
    await sh('echo to stdout; echo to stderr >&2');
    const log = readFileSync(logFile, 'utf8');
    expect(log).toContain('to stdout\n');
    expect(log).toContain('to stderr\n');
  });

  it('says which command failed, how, and its last lines', async () => {
    await expect(sh('echo reason >&2; exit 3')).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: '"sh -c echo reason >&2; exit 3": ended with 3.\n    reason',
    });
  });

  it('says that a program is missing', async () => {
    const args = {
      args: [],
      env: process.env,
      logFile,
      timeoutMs: 1000,
      signal: new AbortController().signal,
    };
    await expect(runCommand({ command: '/no/such/program', ...args })).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('kills a command that takes too long', async () => {
    await expect(sh('exec sleep 60', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMED_OUT' });
  });

  it('kills a command when it is interrupted, before or while it runs', async () => {
    const stop = new AbortController();
    const running = sh('exec sleep 60', { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    await expect(sh('exec sleep 60', { signal: stop.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('lastLines', () => {
  it('shows the end of a long output, and nothing of an empty one', () => {
    const lines = Array.from({ length: 50 }, (_, i) => `line ${i}`);
    expect(lastLines(lines.join('\n'))).toMatch(/^\n {4}line 38\n(.*\n)+ {4}line 49$/);
    expect(lastLines(' \n')).toBe('');
  });
});
