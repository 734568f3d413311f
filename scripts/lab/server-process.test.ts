import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startServer } from './server-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-server-process-'));
afterAll(() => rmSync(directory, { recursive: true }));

let count = 0;
function start(script: string, signal = new AbortController().signal) {
  const logFile = join(directory, `log-${count++}`);
  return startServer({
    name: 'the server',
    command: 'sh',
    args: ['-c', script],
    env: process.env,
    logFile,
    signal,
  });
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('waits until its log says what is looked for', async () => {
  await using server = start('sleep 0.1; echo port 42; exec sleep 60');
  expect(await server.until(() => /port (\d+)/.exec(server.log())?.[1])).toBe('42');
});

it('ends the program, and may be asked to again', async () => {
  const server = start('echo up; exec sleep 60');
  await server.until(() => server.log() || undefined);
  await server[Symbol.asyncDispose]();
  expect(isRunning(server.pid)).toBe(false);
  await server[Symbol.asyncDispose]();
});

it('says that the program ended before it served, with its last words', async () => {
  await using server = start('echo no configuration >&2; exit 7');
  await expect(server.until(() => undefined)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: 'the server does not serve: it ended with 7.\n    no configuration',
  });
});

it('stops waiting when it is interrupted', async () => {
  const stop = new AbortController();
  await using server = start('exec sleep 60', stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(server.until(() => undefined)).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

it('says that a program is missing', async () => {
  const { signal } = new AbortController();
  const options = { args: [], env: process.env, logFile: join(directory, 'missing'), signal };
  await using server = startServer({ name: 'it', command: '/no/such/program', ...options });
  await expect(server.until(() => undefined)).rejects.toMatchObject({
    message: expect.stringContaining('ENOENT'),
  });
});
