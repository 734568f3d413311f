import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeDescriptor } from '@sluice/linux';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectHolder } from './connect-holder.ts';
import { createLastingHolder } from './create-lasting-holder.ts';
import type { LastingHolder } from './lasting-holder.ts';

let directory: string;
let socketPath: string;
let holder: LastingHolder;
const logger = { warn() {}, error() {} };
const create = () => createLastingHolder({ logger }, { socketPath, idleExitMs: 300 });

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holder-'));
  socketPath = join(directory, 'holder.sock');
  holder = create();
});
afterEach(async () => {
  await holder[Symbol.asyncDispose]();
  const pid = await runningPid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true });
});

async function runningPid(): Promise<number | undefined> {
  const running = await connectHolder({ socketPath }).catch(() => undefined);
  running?.[Symbol.dispose]();
  return running?.pid;
}

async function holdText(name: string, text: string): Promise<void> {
  const path = join(directory, 'unlinked');
  writeFileSync(path, text);
  const fd = openSync(path, 'r');
  rmSync(path);
  await holder.hold(name, fd, `state of ${name}`);
  closeSync(fd);
}

async function takeText(from: LastingHolder, name: string): Promise<string> {
  const fd = await from.take(name);
  const buffer = Buffer.alloc(100);
  const length = readSync(fd, buffer, 0, 100, 0);
  closeDescriptor(fd);
  return buffer.toString('utf8', 0, length);
}

test('no process is started before there is something to hold', async () => {
  expect(await holder.list()).toEqual([]);
  expect(await runningPid()).toBeUndefined();
  await holdText('a', 'text');
  expect(await runningPid()).toBeDefined();
});

test('a process is started ahead of time for who says so, and holds what comes then', async () => {
  await holder.start();
  const pid = await runningPid();
  expect(pid).toBeDefined();
  await Promise.all([holder.start(), holdText('a', 'text')]);
  expect(await runningPid()).toBe(pid);
  expect(await takeText(holder, 'a')).toBe('text');
});

test('what was held when the process that holds it was killed is held by the next one', async () => {
  await holdText('a', 'text a');
  await holdText('b', 'text b');
  const killed = (await runningPid())!;
  process.kill(killed, 'SIGKILL');
  expect(await takeText(holder, 'a')).toBe('text a');
  expect(await takeText(holder, 'b')).toBe('text b');
  expect(await runningPid()).not.toBe(killed);
});

test('a replacement is started at once, not only when something is asked', async () => {
  await holdText('a', 'text a');
  const killed = (await runningPid())!;
  process.kill(killed, 'SIGKILL');
  await expect.poll(runningPid, { timeout: 15_000 }).not.toBeOneOf([killed, undefined]);
  expect(await holder.list()).toMatchObject([{ name: 'a', state: 'state of a' }]);
});

test('what the next process takes survives the death of the one that holds it, too', async () => {
  await holdText('a', 'text a');
  await holder[Symbol.asyncDispose]();
  holder = create();
  expect(await holder.list()).toMatchObject([{ name: 'a', state: 'state of a' }]);
  expect(await takeText(holder, 'a')).toBe('text a');
  process.kill((await runningPid())!, 'SIGKILL');
  expect(await takeText(holder, 'a')).toBe('text a');
});

test('leaves the process alone while it holds something, and ends it otherwise', async () => {
  await holdText('a', 'text a');
  await holder[Symbol.asyncDispose]();
  expect(await runningPid()).toBeDefined();
  holder = create();
  await holder.release('a');
  await holder[Symbol.asyncDispose]();
  expect(await runningPid()).toBeUndefined();
});

test('a name that is taken is refused, and what is held by it stays', async () => {
  await holdText('a', 'text a');
  await expect(holdText('a', 'another')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  expect(await takeText(holder, 'a')).toBe('text a');
});

test('many may ask at one time, also for the first process', async () => {
  const names = Array.from({ length: 30 }, (_, index) => `${index}`);
  writeFileSync(join(directory, 'file'), 'of all');
  const fd = openSync(join(directory, 'file'), 'r');
  await Promise.all(names.map((name) => holder.hold(name, fd, '')));
  closeSync(fd);
  expect((await holder.list()).map(({ name }) => name)).toEqual(names);
});

test('after it is disposed of, nothing is held any more', async () => {
  await holder[Symbol.asyncDispose]();
  await expect(holdText('a', 'x')).rejects.toMatchObject({ code: 'CLOSED' });
});

test('signs of life start no process, and are for each that is started later', async () => {
  const owner = fork(join(import.meta.dirname, '..', 'test', 'beat-and-hold.ts'), [socketPath, '500'], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  });
  const ended = once(owner, 'exit');
  try {
    // It gave its only sign before there was a holder.
    expect(await once(owner, 'message')).toEqual(['no holder runs', undefined]);
    expect(await ended).toEqual([null, 'SIGKILL']);
  } finally {
    owner.kill('SIGKILL');
  }
  using running = await connectHolder({ socketPath });
  expect(running.ended).toMatchObject({ pid: owner.pid, withinMs: 500 });
});
