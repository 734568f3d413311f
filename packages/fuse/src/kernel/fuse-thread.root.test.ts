import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTree, dir, file } from '@sluice/testkit/fuse';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KernelDriver } from '../kernel-driver.ts';
import { createKernelDriver } from './create-kernel-driver.ts';
import { type FuseThread, startFuseThread } from './fuse-thread.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fuse-thread-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a thread that is started before the driver', () => {
  let thread: FuseThread;
  let driver: KernelDriver;
  beforeEach(() => {
    thread = startFuseThread();
    driver = createKernelDriver({ logger: { debug() {}, error() {} }, thread });
  });
  afterEach(() => driver.close());

  async function listMount(): Promise<string[]> {
    const mountpoint = join(directory, 'mnt');
    mkdirSync(mountpoint);
    const { tree, content } = buildTree(dir({ greeting: file('hello') }), directory);
    await using _mount = await driver.mount(mountpoint, { tree, content, fill: async () => undefined });
    return await readdir(mountpoint);
  }

  it('serves what the driver mounts, and ends with it', async () => {
    expect(await listMount()).toEqual(['greeting']);
    expect(thread.isEnding).toBe(false);
    await driver.close();
    expect(await thread.exited).toBeUndefined();
  });

  it('ends with a driver that has mounted nothing', async () => {
    await driver.close();
    expect(await thread.exited).toBeUndefined();
  });

  it('is replaced when it ends by itself', async () => {
    const ended = thread.worker.terminate();
    // It sleeps in the kernel, where it is not stopped.
    thread.eventFd.signal();
    await ended;
    expect(await listMount()).toEqual(['greeting']);
  });
});

describe("a driver's own thread", () => {
  const threads = () => readdirSync('/proc/self/task').length;

  it('can be started ahead of the first mount', async () => {
    await using driver = createKernelDriver({ logger: { debug() {}, error() {} } });
    const before = threads();
    driver.prepare();
    expect(threads()).toBeGreaterThan(before);
    driver.prepare();
    const mountpoint = join(directory, 'mnt');
    mkdirSync(mountpoint);
    const { tree, content } = buildTree(dir({ greeting: file('hello') }), directory);
    await using _mount = await driver.mount(mountpoint, { tree, content, fill: async () => undefined });
    expect(await readdir(mountpoint)).toEqual(['greeting']);
  });

  it('is not started any more once the driver is closed', async () => {
    const driver = createKernelDriver({ logger: { debug() {}, error() {} } });
    await driver.close();
    expect(() => driver.prepare()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });
});

describe('a thread without a driver', () => {
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  function run(script: string): ChildProcess {
    const module = JSON.stringify(join(import.meta.dirname, 'fuse-thread.ts'));
    const text = `const { startFuseThread } = await import(${module}); ${script}`;
    const args = ['--conditions=source', '--input-type=module', '--eval', text];
    const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') };
    child = spawn(process.execPath, args, { stdio: 'ignore', env });
    return child;
  }

  it('ends when it is disposed of, whatever it has loaded by then', async () => {
    const thread = startFuseThread();
    thread[Symbol.dispose]();
    expect(await thread.exited).toBeUndefined();
  });

  it.each(['', 'await new Promise((resolve) => setTimeout(resolve, 500));'])(
    'does not keep its process from exiting, before and after it runs (%j)',
    async (wait) => {
      expect(await once(run(`startFuseThread(); ${wait} process.exit(7);`), 'exit')).toEqual([7, null]);
    },
  );

  it('leaves what it has compiled to the next process, though this one is killed', async () => {
    run('startFuseThread();');
    const files = () => readdirSync(directory, { recursive: true });
    // Its main thread writes nothing before it ends.
    await expect.poll(() => files().length, { timeout: 20_000 }).toBeGreaterThan(20);
    expect(child?.exitCode).toBeNull();
  });
});
