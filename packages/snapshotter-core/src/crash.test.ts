import { collect, createMemorySnapshotter, layerLabels, type MemoryData } from '@sluice/testkit/core';
import { describe, expect, test } from 'vitest';
import type { ManagedSnapshotter } from './managed-snapshotter.ts';

/** What a client was told, and so may rely on. */
interface Acknowledged {
  readonly made: Set<string>;
  readonly removed: Set<string>;
}

/** The calls of a pull, a run and a removal. Everything is noted that was acknowledged. */
async function useSnapshotter(snapshotter: ManagedSnapshotter, told: Acknowledged): Promise<void> {
  const lazy = async (chainId: string, parent: string) => {
    const error = await snapshotter.prepare(`extract ${chainId}`, parent, layerLabels(chainId)).then(
      () => new Error('not lazy'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof Error && 'code' in error && error.code === 'ALREADY_EXISTS')) throw error;
    told.made.add(chainId);
  };
  const make = async (key: string, parent: string) => {
    await snapshotter.prepare(key, parent, {});
    told.made.add(key);
  };
  const commit = async (name: string, key: string) => {
    told.made.delete(key);
    await snapshotter.commit(name, key, {});
    told.made.add(name);
  };
  const remove = async (name: string) => {
    told.made.delete(name);
    await snapshotter.remove(name);
    told.removed.add(name);
  };
  await lazy('sha256:a', '');
  await lazy('sha256:b', 'sha256:a');
  await make('key c', 'sha256:b');
  await commit('ordinary c', 'key c');
  await make('container 1', 'ordinary c');
  await make('container 2', 'sha256:b');
  await remove('container 1');
  await remove('ordinary c');
  await remove('container 2');
  await snapshotter.cleanup();
  await remove('sha256:b');
  await snapshotter.cleanup();
}

/** Runs until the port call with that number, which has no effect, as no later one has: the process is dead. */
async function crashAt(call: number): Promise<{ data: MemoryData; told: Acknowledged; isDone: boolean }> {
  let calls = 0;
  const told: Acknowledged = { made: new Set(), removed: new Set() };
  const { snapshotter, data } = createMemorySnapshotter({
    intercept: () => {
      if (++calls >= call) throw new Error('killed');
    },
  });
  const isDone = await useSnapshotter(snapshotter, told).then(
    () => true,
    () => false,
  );
  await snapshotter.close();
  return { data, told, isDone: isDone && calls < call };
}

describe('a crash before any call of any port', () => {
  test('loses nothing that was acknowledged, and leaves nothing behind after the next start', async () => {
    let call = 0;
    for (let isDone = false; !isDone; ) {
      const crashed = await crashAt(++call);
      isDone = crashed.isDone;
      // Mounts of the dead process are still there, or dead: the file system sees to both when asked.
      await using memory = createMemorySnapshotter({ data: crashed.data });
      const { snapshotter, data, dirs, meta } = memory;
      await snapshotter.restore();

      const records = await collect(snapshotter.describe());
      const names = new Set(records.map(({ name }) => name));
      const where = `crash before call ${call}`;
      expect(
        [...crashed.told.made].filter((name) => !names.has(name)),
        where,
      ).toEqual([]);
      expect(
        [...crashed.told.removed].filter((name) => names.has(name)),
        where,
      ).toEqual([]);
      expect([...data.dirs.published.keys()].sort(), where).toEqual([...meta.read((tx) => tx.ids())].sort());
      expect([...data.dirs.staged.keys()], where).toEqual([]);
      const remote = records.filter((record) => record.remote).map(({ contentPath }) => contentPath);
      expect([...data.dirs.mounted].sort(), where).toEqual(remote.sort());
      expect(
        records.filter(({ problem }) => problem !== undefined),
        where,
      ).toEqual([]);

      // Everything can still be used and removed.
      for (const { name, kind } of records) if (kind !== 'committed') await snapshotter.mounts(name);
      for (const { name } of records.toReversed()) await snapshotter.remove(name);
      await snapshotter.cleanup();
      expect([dirs.data.published.size, data.dirs.mounted.size], where).toEqual([0, 0]);
    }
    expect(call).toBeGreaterThan(30);
  });
});
