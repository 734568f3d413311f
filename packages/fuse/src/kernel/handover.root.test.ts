import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { closeDescriptor, mountAt, unmount } from '@sluice/linux';
import {
  buildTree,
  createContentFiller,
  dir,
  file,
  numberedBytes,
  type SuiteContext,
  useDriver,
} from '@sluice/testkit/fuse';
import { afterEach, describe, expect, it } from 'vitest';
import {
  bigBytes,
  type ServingReply,
  type ServingRequest,
  takeDescriptor,
} from '../../test/serving-process.ts';
import type { FuseMount } from '../fuse-driver.ts';
import type { KernelDriver } from '../kernel-driver.ts';
import type { MountHandover } from '../mount-handover.ts';
import { createKernelDriver, type KernelDriverOptions } from './create-kernel-driver.ts';
import { PASSTHROUGH_MIN_BYTES } from './passthrough-min-bytes.ts';

/** More of them for a longer trial. */
const kills = Number(process.env['SLUICE_FUSE_KILLS'] ?? 3);

const quiet = { debug() {}, error() {} };
const bytes = numberedBytes(PASSTHROUGH_MIN_BYTES + 4096);
const tree = () =>
  dir({ large: file(bytes), later: file(bytes.subarray(4)), slow: file('slow'), small: file('small') });
const [LARGE, LATER] = [0, 1] as const;

/** This process's own copy of the mount's connection, as a holder would keep it. */
function keep(mount: FuseMount): MountHandover {
  const { device, state } = mount.handover!;
  return { device: takeDescriptor(process.pid, device), state };
}

function isDevice(fd: number): boolean {
  return existsSync(`/proc/self/fd/${fd}`) && readlinkSync(`/proc/self/fd/${fd}`) === '/dev/fuse';
}

describe('a mount that changes hands', () => {
  const context = useDriver({ createDriver: createKernelDriver });
  const drivers: KernelDriver[] = [];
  afterEach(async () => {
    for (const driver of drivers.splice(0)) await driver.close();
    // A test that failed may have left a mount that nobody serves.
    while (mountAt(context.mountpoint)) unmount(context.mountpoint, { detach: true });
  });
  const createDriver = (options: KernelDriverOptions = {}) => {
    const driver = createKernelDriver({ logger: quiet }, options);
    drivers.push(driver);
    return driver;
  };

  const start = async (options: KernelDriverOptions = {}) => {
    const built = buildTree(tree(), join(context.base, 'content'));
    const filler = createContentFiller(built);
    filler.complete(LARGE);
    const source = { tree: built.tree, content: built.content, fill: filler.fill };
    const opensFile = join(context.base, 'opens');
    const first = createDriver(options);
    return { filler, source, first, mount: await first.mount(context.mountpoint, source, { opensFile }) };
  };
  const read = async (fd: number, offset: number, length: number) =>
    Buffer.from(await context.client.call('read', fd, offset, length));
  const open = (name: string) => context.client.call('open', context.at(name));
  const close = (fd: number) => context.client.call('close', fd);

  it('answers the reads that waited, and reads open files on', async () => {
    const { filler, source, first, mount } = await start();
    const asked = Promise.withResolvers<void>();
    filler.before = async (signal) => {
      asked.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const small = await open('small');
    const waiting = context.client.call('readFile', context.at('slow'));
    await asked.promise;
    const kept = keep(mount);
    await first.leave();
    await mount.closed;
    expect(mountAt(context.mountpoint)).toBeDefined();
    filler.before = async () => {};
    const adopted = await createDriver().adopt(kept, source);
    expect(adopted.resent).toBe(true);
    expect(Buffer.from(await waiting).toString()).toBe('slow');
    expect((await read(small, 0, 10)).toString()).toBe('small');
    await close(small);
    expect(adopted.stats().errors).toBe(0);
    await adopted.unmount();
    await adopted.closed;
  });

  it('answers what it has taken before it leaves, where the kernel would not ask the next one for it', async () => {
    const { filler, source, first, mount } = await start({ resend: 'off' });
    const [asked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    filler.before = async () => {
      asked.resolve();
      await goOn.promise;
    };
    const taken = context.client.call('readFile', context.at('slow'));
    await asked.promise;
    const kept = keep(mount);
    const leaving = first.leave().then(() => 'left');
    const waiting = context.client.call('readFile', context.at('small'));
    expect(await Promise.race([leaving, delay(200, 'busy')])).toBe('busy');
    goOn.resolve();
    expect(await leaving).toBe('left');
    expect(Buffer.from(await taken).toString()).toBe('slow');
    const adopted = await createDriver({ resend: 'off' }).adopt(kept, source);
    expect(adopted.resent).toBe(false);
    expect(Buffer.from(await waiting).toString()).toBe('small');
    await adopted.unmount();
    await adopted.closed;
  });

  it('is left after some seconds though a read that was taken cannot be answered', async () => {
    const { filler, first, mount } = await start({ resend: 'off' });
    const asked = Promise.withResolvers<void>();
    filler.before = async (signal) => {
      asked.resolve();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const taken = context.client.call('readFile', context.at('slow')).catch((error: Error) => error.message);
    await asked.promise;
    const kept = keep(mount);
    await first.leave();
    // Nobody can answer it now; the end of the connection does.
    closeDescriptor(kept.device);
    expect(await taken).toMatch(/ECONNABORTED|ENOTCONN/);
  });

  it('keeps to the way in which files are open, with what was remembered', async () => {
    const { filler, source, first, mount } = await start();
    const large = await open('large');
    const later = await open('later');
    expect(mount.stats().passthroughOpens).toBe(1);
    filler.complete(LATER);
    const kept = keep(mount);
    await first.leave();
    // The kernel reads through, with nobody there.
    expect((await read(large, 4096, 100)).equals(bytes.subarray(4096, 4196))).toBe(true);
    const adopted = await createDriver().adopt(kept, source);
    const more = await Promise.all([open('large'), open('large'), open('later')]);
    expect(adopted.stats()).toMatchObject({ opens: 3, passthroughOpens: 2, passthrough: 'on', errors: 0 });
    for (const [fd, expected] of [
      [more[0], bytes],
      [more[2], bytes.subarray(4)],
      [later, bytes.subarray(4)],
    ] as const)
      expect((await read(fd, 1000, 5000)).equals(expected.subarray(1000, 6000))).toBe(true);
    for (const fd of [large, later, ...more]) await close(fd);
    await expect
      .poll(
        async () => {
          await close(await open('later'));
          return adopted.stats().passthroughOpens;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(2);
    await adopted.unmount();
  });

  it('cannot be handed over with passthrough and without a file that remembers', async () => {
    const { mount } = await context.serve(tree());
    expect(mount.handover).toBeUndefined();
    const small = await context.serve(dir({ f: file('x') }), { mountpoint: join(context.base, 'other') });
    expect(small.mount.handover?.state).toContain('"passthrough":"off"');
  });

  it('is not adopted with another tree, or a state that is none, and the descriptor is closed', async () => {
    const { first, mount, source } = await start();
    const kept = [keep(mount), keep(mount), keep(mount)] as const;
    await first.leave();
    const other = buildTree(dir({ f: file('other') }), context.base);
    const second = createDriver();
    const refused = { code: 'BAD_HANDOVER' };
    await expect(second.adopt(kept[0], { ...source, tree: other.tree })).rejects.toMatchObject(refused);
    await expect(second.adopt({ ...kept[1], state: '{}' }, source)).rejects.toMatchObject(refused);
    expect(kept.filter(({ device }) => isDevice(device))).toEqual([kept[2]]);
    const adopted = await second.adopt(kept[2], source);
    expect((await context.client.call('readFile', context.at('large'))).length).toBe(bytes.length);
    await adopted.unmount();
  });

  it('survives servers that are killed while it is read', { timeout: 30_000 + kills * 10_000 }, async () => {
    const { base, mountpoint } = context;
    const directory = join(base, 'content');
    await using servers = createServers();
    const opensFile = join(base, 'opens');
    const { handover, pid } = await servers.start({ type: 'mount', directory, mountpoint, opensFile });
    const device = takeDescriptor(pid, handover.device);
    using reader = startReader(context);
    try {
      for (let kill = 0; kill < kills; kill++) {
        await reader.readMore(20);
        await servers.kill();
        const kept = { device, state: handover.state };
        const { resent } = await servers.start({
          type: 'adopt',
          directory,
          handover: kept,
          keeper: process.pid,
        });
        expect(resent).toBe(true);
      }
      await reader.readMore(60);
    } finally {
      closeDescriptor(device);
    }
    expect(reader.wrong).toEqual([]);
  });
});

/** Reads files through the client, one after the other, until it is disposed of. */
function startReader({ client, at }: SuiteContext) {
  const wrong: string[] = [];
  let reads = 0;
  let done = false;
  const check = async (name: string, expected: Buffer) => {
    const got = Buffer.from(await client.call('readFile', at(name)).catch((error) => String(error)));
    reads++;
    if (!done && !got.equals(expected)) wrong.push(`${name}: ${got.length < 200 ? got : got.length}`);
  };
  const run = async () => {
    for (let i = 0; !done; i++) {
      await check(`small-${i % 300}`, Buffer.from(`text ${i % 300}`));
      if (i % 10 === 0) await check('slow', bigBytes.subarray(4));
      if (i % 10 === 5) await check('complete', bigBytes);
    }
  };
  void run();
  return {
    wrong,
    async readMore(count: number) {
      const target = reads + count;
      await expect.poll(() => reads, { timeout: 20_000 }).toBeGreaterThanOrEqual(target);
    },
    [Symbol.dispose]() {
      done = true;
    },
  };
}

/** Serving processes, one at a time. */
function createServers() {
  let child: ChildProcess | undefined;
  const kill = async () => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill('SIGKILL');
    await exited;
  };
  return {
    async start(request: ServingRequest): Promise<ServingReply & { pid: number }> {
      child = fork(join(import.meta.dirname, '..', '..', 'test', 'serving-process.ts'), {
        execArgv: ['--conditions=source'],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      child.send(request);
      const [reply] = (await once(child, 'message')) as [ServingReply | { error: string }];
      if ('error' in reply) throw new Error(reply.error);
      return { ...reply, pid: child.pid! };
    },
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
