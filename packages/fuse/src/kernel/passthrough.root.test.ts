import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mount as mountRaw, unmount } from '@sluice/linux';
import {
  contentPath,
  dir,
  file,
  fuseDriverSuite,
  numberedBytes,
  type SuiteContext,
  useDriver,
} from '@sluice/testkit/fuse';
import { describe, expect, it } from 'vitest';
import { createKernelDriver } from './create-kernel-driver.ts';
import { PASSTHROUGH_MIN_BYTES } from './passthrough-min-bytes.ts';

const bytes = numberedBytes(PASSTHROUGH_MIN_BYTES + 5000);
const halves = { chunkOffsets: [0, PASSTHROUGH_MIN_BYTES / 2] };
const tree = () =>
  dir({ large: file(bytes, halves), small: file('small'), later: file(bytes.subarray(4), halves) });

// Contents are numbered in the order of the description.
const [LARGE, SMALL, LATER] = [0, 1, 2] as const;

describe('passthrough', () => {
  const context = useDriver({ createDriver: createKernelDriver });
  const { at } = context;
  const readText = async (path: string) => Buffer.from(await context.client.call('readFile', path));
  const open = (name: string) => context.client.call('open', at(name));
  const read = async (fd: number, offset: number, length: number) =>
    Buffer.from(await context.client.call('read', fd, offset, length));
  const close = (fd: number) => context.client.call('close', fd);

  it('lets the kernel read large complete files, and answers reads of small ones', async () => {
    const { mount, filler } = await context.serve(tree(), {
      prepare: (_, f) => [LARGE, SMALL].forEach(f.complete),
    });
    expect((await readText(at('large'))).equals(bytes)).toBe(true);
    expect((await readText(at('small'))).toString()).toBe('small');
    expect(mount.stats()).toMatchObject({
      passthrough: 'on',
      opens: 2,
      passthroughOpens: 1,
      reads: 1,
      errors: 0,
    });
    expect(filler.calls).toEqual([]);
  });

  it('maps and runs what the kernel reads', async () => {
    await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    const mapped = await context.client.call('readMapped', at('large'), 4096, 8192);
    expect(Buffer.from(mapped).equals(bytes.subarray(4096, 12_288))).toBe(true);
  });

  it('serves a file that becomes complete while it is open as before, until its last close', async () => {
    const { mount, filler } = await context.serve(tree());
    const first = await open('large');
    expect((await read(first, 0, 100)).equals(bytes.subarray(0, 100))).toBe(true);
    filler.complete(LARGE);
    const second = await open('large');
    await close(first);
    const third = await open('large');
    expect((await read(third, bytes.length - 50, 100)).equals(bytes.subarray(-50))).toBe(true);
    expect(mount.stats()).toMatchObject({ opens: 3, passthroughOpens: 0 });
    await close(second);
    await close(third);
    const openAgain = async () => {
      const fd = await open('large');
      expect((await read(fd, 10, 100)).equals(bytes.subarray(10, 110))).toBe(true);
      await close(fd);
      return mount.stats().passthroughOpens;
    };
    // The kernel reports a close after it has happened.
    await expect.poll(openAgain, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(mount.stats().errors).toBe(0);
  });

  it('opens a file many times at once, one way', async () => {
    const { mount, filler } = await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    const rounds = Array.from({ length: 200 }, async (_, round) => {
      const name = round % 3 === 0 ? 'later' : 'large';
      if (round === 100) filler.complete(LATER);
      const fd = await open(name);
      const expected = name === 'later' ? bytes.subarray(4) : bytes;
      const got = await read(fd, round * 100, 5000);
      await close(fd);
      return got.equals(expected.subarray(round * 100, round * 100 + 5000));
    });
    expect(new Set(await Promise.all(rounds))).toEqual(new Set([true]));
    expect(mount.stats()).toMatchObject({ opens: 200, errors: 0 });
    expect(mount.stats().passthroughOpens).toBeGreaterThan(100);
  });

  it('goes on reading through files that were removed or replaced, as an open file does', async () => {
    const { built } = await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    const fd = await open('large');
    await context.client.call('unlink', contentPath(built, LARGE));
    await writeFile(contentPath(built, LARGE), Buffer.alloc(bytes.length));
    expect((await read(fd, 0, 4096)).equals(bytes.subarray(0, 4096))).toBe(true);
    await close(fd);
  });

  it('does not trust a complete file of another length', async () => {
    const { mount, filler } = await context.serve(tree(), {
      prepare: (built) => execFileSync('cp', ['/bin/true', contentPath(built, LARGE)]),
    });
    expect((await readText(at('large'))).equals(bytes)).toBe(true);
    expect(mount.stats().passthroughOpens).toBe(0);
    expect(filler.calls.length).toBeGreaterThan(0);
  });

  it('is used below overlayfs, copy-up included', async () => {
    const { mount } = await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    for (const name of ['upper', 'work', 'merged']) await mkdir(join(context.base, name));
    const [upper, work, merged] = ['upper', 'work', 'merged'].map((name) => join(context.base, name));
    const data = `lowerdir=${context.mountpoint},upperdir=${upper},workdir=${work}`;
    await context.client.call('mount', {
      source: 'overlay',
      target: merged!,
      type: 'overlay',
      flags: 0,
      data,
    });
    try {
      expect((await readText(join(merged!, 'large'))).equals(bytes)).toBe(true);
      await context.client.call('writeFile', join(merged!, 'large'), Buffer.from('end'), 'a');
      expect(
        (await readText(join(merged!, 'large'))).equals(Buffer.concat([bytes, Buffer.from('end')])),
      ).toBe(true);
      expect(mount.stats()).toMatchObject({ reads: 0, errors: 0 });
      expect(mount.stats().passthroughOpens).toBeGreaterThan(0);
    } finally {
      unmount(merged!, { detach: true });
    }
  });

  it('does not allow a second overlayfs on the first, which the mount counts as a storey for', async () => {
    await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    await expect(mountTwoOverlays(context)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('answers reads by itself where the contents lie on overlayfs, and does not ask the kernel again', async () => {
    for (const name of ['lower', 'upper', 'work', 'content']) await mkdir(join(context.base, name));
    const path = (name: string) => join(context.base, name);
    const data = `lowerdir=${path('lower')},upperdir=${path('upper')},workdir=${path('work')}`;
    mountRaw({ source: 'overlay', target: path('content'), type: 'overlay', flags: 0, data });
    try {
      const { mount } = await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
      for (let i = 0; i < 3; i++) expect((await readText(at('large'))).equals(bytes)).toBe(true);
      expect(mount.stats()).toMatchObject({
        passthrough: 'refused',
        passthroughOpens: 0,
        opens: 1,
        errors: 0,
      });
      const other = join(context.base, 'other');
      const second = await context.serve(tree(), { mountpoint: other });
      expect((await readText(join(other, 'large'))).equals(bytes)).toBe(true);
      expect(second.mount.stats()).toMatchObject({ passthrough: 'refused', opens: 0 });
      await mount.unmount();
      await second.mount.unmount();
      await second.mount.closed;
      await mount.closed;
    } finally {
      unmount(path('content'), { detach: true });
    }
  });

  it('does without opens where no file is large enough', async () => {
    const { mount } = await context.serve(dir({ small: file('small'), other: file('other') }));
    expect((await readText(at('small'))).toString()).toBe('small');
    expect((await readText(at('other'))).toString()).toBe('other');
    expect(mount.stats()).toMatchObject({ passthrough: 'off', opens: 0 });
  });
});

describe('passthrough switched off', () => {
  const context = useDriver({ createDriver: (deps) => createKernelDriver(deps, { passthrough: 'off' }) });

  it('answers every read, and is told of no open', async () => {
    const { mount } = await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    const got = Buffer.from(await context.client.call('readFile', context.at('large')));
    expect(got.equals(bytes)).toBe(true);
    expect(mount.stats()).toMatchObject({
      passthrough: 'off',
      opens: 0,
      passthroughOpens: 0,
      readBytes: bytes.length,
    });
  });

  it('allows overlayfs on overlayfs', async () => {
    await context.serve(tree(), { prepare: (_, f) => f.complete(LARGE) });
    await mountTwoOverlays(context);
  });
});

/** Overlayfs on the mount, and overlayfs on that: containers in a container, on its own root. */
async function mountTwoOverlays({ base, mountpoint, client }: SuiteContext): Promise<void> {
  let lower = mountpoint;
  const mounted: string[] = [];
  try {
    for (const storey of ['first', 'second']) {
      for (const name of ['upper', 'work', 'merged'])
        await mkdir(join(base, storey, name), { recursive: true });
      const at = (name: string) => join(base, storey, name);
      // Of the upper storey, upper and work must not lie on the overlay: here they never do.
      const data = `lowerdir=${lower},upperdir=${at('upper')},workdir=${at('work')}`;
      await client.call('mount', {
        source: 'overlay',
        target: at('merged'),
        type: 'overlay',
        flags: 0,
        data,
      });
      mounted.unshift(at('merged'));
      lower = at('merged');
    }
    expect(Buffer.from(await client.call('readFile', join(lower, 'large'))).equals(bytes)).toBe(true);
  } finally {
    for (const each of mounted) unmount(each, { detach: true });
  }
}

fuseDriverSuite('kernel, without passthrough', {
  createDriver: (deps) => createKernelDriver(deps, { passthrough: 'off' }),
});
