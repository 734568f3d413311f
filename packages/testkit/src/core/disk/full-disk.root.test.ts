import { join } from 'node:path';
import { createSqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { openStormStore, type StormStore } from '../kill-storm/open-storm-store.ts';
import { layerLabels } from '../snapshotter-suite/suite-context.ts';
import { createLoopDisk, type LoopDisk } from './loop-disk.ts';

const FULL = { code: 'RESOURCE_EXHAUSTED', message: expect.stringMatching(/disk is full|no space left/) };

let disk: LoopDisk;
let store: StormStore;
const open = async () => {
  store = await openStormStore(disk.root, disk.elsewhere);
  await store.snapshotter.restore();
};
const state = async () => ({
  infos: await collect(store.snapshotter.list([])),
  ids: [...(await store.dirs.list()).ids].sort(),
  orphans: (await store.dirs.list()).orphans,
});

beforeEach(async () => {
  disk = createLoopDisk(48);
  await open();
  const { snapshotter } = store;
  await snapshotter.prepare('making base', '', {});
  await snapshotter.commit('base', 'making base', { l: '1' });
  for (const key of ['active', 'to commit', 'to remove']) await snapshotter.prepare(key, 'base', {});
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  disk[Symbol.dispose]();
});

describe('on a disk without a free block', () => {
  it('new snapshots are refused, and leave nothing', async () => {
    const before = await state();
    disk.fill();
    // Directories that fit into blocks which were freed before may still be made.
    const attempts = Array.from({ length: 40 }, (_, i) => store.snapshotter.prepare(`new ${i}`, 'base', {}));
    const results = await Promise.allSettled(attempts);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject(FULL);
    disk.free();
    for (const [i, { status }] of results.entries()) {
      if (status === 'fulfilled') await store.snapshotter.remove(`new ${i}`);
    }
    await store.snapshotter.cleanup();
    expect(await state()).toEqual(before);
    await store.snapshotter.prepare('new', 'base', {});
  });

  it('lazily mounted layers are refused as well, or mounted, and leave nothing else', async () => {
    disk.fill();
    for (let i = 0; i < 40; i++) {
      const error = await store.snapshotter.prepare(`key ${i}`, '', layerLabels(`sha256:${i}`)).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect([FULL.code, 'ALREADY_EXISTS']).toContain((error as { code: string }).code);
    }
    const { infos, ids, orphans } = await state();
    expect([infos.length, orphans]).toEqual([ids.length, []]);
  });

  it('what is there can be looked at, labelled, committed and removed', async () => {
    disk.fill();
    const { snapshotter } = store;
    expect((await snapshotter.mounts('active')).length).toBe(1);
    await snapshotter.update('base', { l: '2' }, ['labels.l']);
    await snapshotter.commit('committed', 'to commit', {});
    await snapshotter.remove('to remove');
    await snapshotter.cleanup();
    const before = await state();
    expect(before.infos.map(({ name }) => name)).toEqual(['base', 'active', 'committed']);
    await store[Symbol.asyncDispose]();
    disk.remount();
    await open();
    expect(await state()).toEqual(before);
  });

  it('the daemon starts', async () => {
    disk.fill();
    const before = await state();
    await store[Symbol.asyncDispose]();
    await open();
    expect(await state()).toEqual(before);
  });

  it('more labels than fit are refused, and those that were acknowledged stay', async () => {
    disk.fill();
    const many = (value: string) =>
      Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`key ${i}`, value.repeat(4000)]));
    let acknowledged = {};
    const growing = async () => {
      for (let i = 0; i < 100; i++) {
        const labels = many(String.fromCharCode(97 + (i % 26)));
        await store.snapshotter.update(i % 2 === 0 ? 'base' : 'active', labels, []);
        if (i % 2 === 0) acknowledged = labels;
      }
    };
    await expect(growing()).rejects.toMatchObject(FULL);
    expect((await store.snapshotter.stat('base')).labels).toEqual(acknowledged);
    disk.free();
    await store.snapshotter.update('active', many('z'), []);
    const before = await state();
    await store[Symbol.asyncDispose]();
    await open();
    expect(await state()).toEqual(before);
  });
});

describe('on a disk that is read-only', () => {
  it('neither the database nor the directories open, and say why', async () => {
    await store[Symbol.asyncDispose]();
    disk.remount(',ro');
    const readOnly = { message: expect.stringContaining('read-only') };
    expect(() => createSqliteMetaStore({ path: join(disk.root, 'metadata.db') })).toThrow(
      expect.objectContaining({ code: 'IO', ...readOnly }),
    );
    await expect(createOverlayDirs({ root: disk.root })).rejects.toMatchObject({ code: 'IO', ...readOnly });
    disk.remount();
    await open();
    expect((await state()).infos).toHaveLength(4);
  });
});

describe('on a disk that fails', () => {
  it('calls are refused with what failed, and what was acknowledged is there after a repair', async () => {
    const before = await state();
    disk.cutPower();
    const calls = [
      () => store.snapshotter.prepare('new', 'base', {}),
      () => store.snapshotter.remove('to remove'),
      () => store.snapshotter.update('base', {}, []),
    ];
    const failed = { code: 'INTERNAL', message: expect.stringContaining(disk.root) };
    for (const call of calls) await expect(call()).rejects.toMatchObject(failed);
    await store[Symbol.asyncDispose]();
    disk.remount();
    await open();
    expect(await state()).toEqual(before);
  });
});
