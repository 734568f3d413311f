import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor } from '@sluice/linux';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectHolder } from './connect-holder.ts';
import type { Holder } from './holder.ts';
import { startHolder } from './start-holder.ts';

let directory: string;
let socketPath: string;
let holder: Holder;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holder-'));
  socketPath = join(directory, 'run', 'holder.sock');
  holder = await startHolder({ socketPath, idleExitMs: 300 });
});
afterEach(async () => {
  if (isAlive(holder.pid)) process.kill(holder.pid, 'SIGKILL');
  await holder.closed;
  rmSync(directory, { recursive: true });
});

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** Opens a file that is gone at once: only whoever has it open can read it. */
function openUnlinked(text: string): number {
  const path = join(directory, 'unlinked');
  writeFileSync(path, text);
  const fd = openSync(path, 'r');
  rmSync(path);
  return fd;
}

function textOf(fd: number): string {
  const buffer = Buffer.alloc(100);
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, 100, 0));
}

function descriptorsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

test('gives back what it holds, with what was remembered of it, after its owner has closed it', async () => {
  const fd = openUnlinked('still here');
  await holder.hold('7', fd, 'a state');
  closeSync(fd);
  expect(await holder.list()).toMatchObject([{ name: '7', state: 'a state' }]);
  const taken = await holder.take('7');
  expect(textOf(taken)).toBe('still here');
  closeDescriptor(taken);
});

test('what an owner that was killed has left can be taken by the next', async () => {
  const owner = fork(join(import.meta.dirname, '..', 'test', 'hold-and-wait.ts'), [socketPath], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  });
  await once(owner, 'message');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const taken = await holder.take('from the other process');
  expect(textOf(taken)).toBe('of the other process');
  closeDescriptor(taken);
});

test('remembers the latest state only', async () => {
  const fd = openUnlinked('x');
  await holder.hold('7', fd, 'first');
  await holder.update('7', 'second');
  closeSync(fd);
  expect(await holder.list()).toMatchObject([{ name: '7', state: 'second' }]);
});

test('closes what is released, and says nothing of releasing it again', async () => {
  const before = descriptorsOf(holder.pid);
  const fd = openUnlinked('x');
  await holder.hold('7', fd, '');
  closeSync(fd);
  expect(descriptorsOf(holder.pid)).toBe(before + 1);
  await holder.release('7');
  await holder.release('7');
  expect(descriptorsOf(holder.pid)).toBe(before);
  expect(await holder.list()).toEqual([]);
});

test('lists hundreds of descriptors in the order in which they came', async () => {
  const fd = openUnlinked('x');
  const names = Array.from({ length: 150 }, (_, index) => `${index}`);
  await Promise.all(names.map((name) => holder.hold(name, fd, 's'.repeat(10_000))));
  closeSync(fd);
  expect((await holder.list()).map(({ name }) => name)).toEqual(names);
});

test('refuses a name that is taken, and a descriptor that does not exist', async () => {
  const fd = openUnlinked('x');
  await holder.hold('7', fd, '');
  await expect(holder.hold('7', fd, '')).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  await expect(holder.hold('8', 9999, '')).rejects.toMatchObject({ code: 'TRANSFER_FAILED' });
  await expect(holder.take('8')).rejects.toMatchObject({ code: 'NOT_HELD' });
  await expect(holder.update('8', '')).rejects.toMatchObject({ code: 'NOT_HELD' });
  closeSync(fd);
});

test('refuses names and states that are too long', async () => {
  await expect(holder.hold('n'.repeat(256), 0, '')).rejects.toMatchObject({ code: 'PROTOCOL' });
  await expect(holder.hold('n', 0, 's'.repeat(16_385))).rejects.toMatchObject({ code: 'PROTOCOL' });
});

test('only its owner can connect, whatever the umask', () => {
  expect(statSync(socketPath).mode & 0o777).toBe(0o600);
});

test('a holder that runs is found, and no second one started', async () => {
  using again = await startHolder({ socketPath });
  expect(again.pid).toBe(holder.pid);
});

test('a killed holder is noticed, and replaced by the next start', async () => {
  process.kill(holder.pid, 'SIGKILL');
  await holder.closed;
  await expect(holder.list()).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(connectHolder({ socketPath })).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  const killed = holder.pid;
  holder = await startHolder({ socketPath, idleExitMs: 300 });
  expect(holder.pid).not.toBe(killed);
});

test('calls that are under way when the holder dies are rejected', async () => {
  process.kill(holder.pid, 'SIGSTOP');
  const call = holder.list();
  process.kill(holder.pid, 'SIGKILL');
  await expect(call).rejects.toMatchObject({ code: 'CLOSED' });
});

test('stays while it holds something, and ends by itself when it holds nothing and nobody is there', async () => {
  const fd = openUnlinked('x');
  await holder.hold('7', fd, '');
  closeSync(fd);
  holder[Symbol.dispose]();
  await delay(700);
  expect(isAlive(holder.pid)).toBe(true);
  using again = await connectHolder({ socketPath });
  await again.release('7');
  again[Symbol.dispose]();
  await expect.poll(() => isAlive(holder.pid), { timeout: 10_000 }).toBe(false);
  expect(existsSync(socketPath)).toBe(false);
});

test('ends when it is asked to, unless it holds something', async () => {
  const fd = openUnlinked('x');
  await holder.hold('7', fd, '');
  closeSync(fd);
  expect(await holder.quit()).toBe(false);
  holder[Symbol.dispose]();
  // Not by its idleness.
  const path = join(directory, 'patient.sock');
  using patient = await startHolder({ socketPath: path, idleExitMs: 3_600_000 });
  expect(await patient.quit()).toBe(true);
  await expect.poll(() => isAlive(patient.pid), { timeout: 10_000 }).toBe(false);
  expect(existsSync(path)).toBe(false);
});

test('nonsense on the socket harms nobody', async () => {
  for (const nonsense of ['\n', '{}\n', 'null\n', '{"id":1,"op":"explode"}\n', 'x'.repeat(2 << 20)]) {
    const socket = connect(socketPath);
    socket.on('error', () => undefined);
    socket.end(nonsense);
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
  }
  expect(await holder.list()).toEqual([]);
});

test('says why it cannot be started', async () => {
  writeFileSync(join(directory, 'file'), '');
  const inFile = startHolder({ socketPath: join(directory, 'file', 'holder.sock') });
  await expect(inFile).rejects.toThrow(/EEXIST|ENOTDIR/);
  const tooLong = startHolder({ socketPath: join(directory, 'n'.repeat(120)) });
  await expect(tooLong).rejects.toMatchObject({ code: 'START_FAILED' });
});

function startOwner(...args: string[]) {
  const owner = fork(join(import.meta.dirname, '..', 'test', 'hold-and-wait.ts'), [socketPath, ...args], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  });
  return { owner, ended: once(owner, 'exit') };
}

test('ends an owner that hangs, and tells the next one, once; what it held stays', async () => {
  const { owner, ended } = startOwner('500');
  try {
    await once(owner, 'message');
    owner.kill('SIGSTOP');
    expect(await ended).toEqual([null, 'SIGKILL']);
  } finally {
    owner.kill('SIGKILL');
  }
  using next = await connectHolder({ socketPath });
  expect(next.ended).toEqual({ pid: owner.pid, withinMs: 500, atMs: expect.any(Number) });
  using third = await connectHolder({ socketPath });
  expect(third.ended).toBeUndefined();
  closeDescriptor(await third.take('from the other process'));
  const log = readFileSync(`${socketPath}.log`, 'utf8');
  expect(log).toContain(`process ${owner.pid} has given no sign of life for 500 ms: it is ended`);
});

test('leaves an owner alone that hangs after it has said that it gives no more signs of life', async () => {
  const { owner, ended } = startOwner('200', '0');
  try {
    await once(owner, 'message');
    owner.kill('SIGSTOP');
    await delay(700);
    expect(isAlive(owner.pid!)).toBe(true);
  } finally {
    owner.kill('SIGKILL');
  }
  await ended;
});
