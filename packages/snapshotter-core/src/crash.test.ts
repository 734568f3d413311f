import {
  collect,
  createMemorySnapshotter,
  layerLabels,
  type MemoryData,
  type MemorySnapshotter,
} from '@sluice/testkit/core';
import { describe, expect, test } from 'vitest';
import type { ManagedSnapshotter } from './managed-snapshotter.ts';
import { NotLazyError } from './not-lazy-error.ts';
import type { SnapshotStatus } from './snapshot-status.ts';
import { INHERITED_LABEL_PREFIX, TARGET_LABEL } from './well-known-labels.ts';

/** What a client was told, and so may rely on. */
interface Acknowledged {
  readonly made: Set<string>;
  readonly removed: Set<string>;
  /** The value of the label `LABEL`, by name. */
  readonly labelled: Map<string, string>;
}

const NOT_LAZY = 'sha256:not-lazy';
const LABEL = `${INHERITED_LABEL_PREFIX}test`;

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
  const make = async (key: string, parent: string, labels = {}, call: 'prepare' | 'view' = 'prepare') => {
    await snapshotter[call](key, parent, labels);
    told.made.add(key);
  };
  const commit = async (name: string, key: string, options = {}) => {
    told.made.delete(key);
    await snapshotter.commit(name, key, {}, options);
    told.made.add(name);
  };
  const label = async (name: string, value: string) => {
    told.labelled.delete(name);
    await snapshotter.update(name, { [LABEL]: value }, [`labels.${LABEL}`]);
    told.labelled.set(name, value);
  };
  const remove = async (name: string) => {
    told.made.delete(name);
    told.labelled.delete(name);
    await snapshotter.remove(name);
    told.removed.add(name);
  };
  await lazy('sha256:a', '');
  await lazy('sha256:b', 'sha256:a');
  await label('sha256:b', '1');
  await make('key c', 'sha256:b', layerLabels(NOT_LAZY));
  await commit('ordinary c', 'key c');
  await label('ordinary c', '1');
  await make('container 1', 'ordinary c');
  await make('container 2', 'sha256:b');
  await make('view', 'ordinary c', {}, 'view');
  await make('key d', '');
  await commit('rebased d', 'key d', { parent: 'sha256:a' });
  await label('ordinary c', '2');
  await remove('view');
  await remove('container 1');
  await remove('ordinary c');
  await remove('container 2');
  await snapshotter.cleanup();
  await remove('sha256:b');
  await snapshotter.cleanup();
}

/** Every step of Prepare, View, Commit, Update, Remove and Cleanup that a crash can come before. */
const STEPS = [
  'dirs.flush',
  'dirs.list',
  'dirs.publish',
  'dirs.remove',
  'dirs.stage',
  'dirs.usage',
  'fs.mount',
  'fs.unmount',
  'meta.write',
];

/** Every step of the start. */
const STEPS_OF_START = [
  'dirs.ensure',
  'dirs.list',
  'dirs.remove',
  'dirs.removeOrphan',
  'fs.restore',
  'fs.unmount',
];

interface Mortal {
  readonly memory: MemorySnapshotter;
  /** The port call that did not come about; undefined if there were fewer calls. */
  readonly diedBefore: () => string | undefined;
}

/** Dies before the port call with that number: it has no effect, and no later one has. */
function createMortal(call: number, data?: MemoryData): Mortal {
  let calls = 0;
  let last: string | undefined;
  const intercept = (operation: string) => {
    if (++calls === call) last = operation;
    if (calls >= call) throw new Error('killed');
  };
  const memory = createMemorySnapshotter({ intercept, ...(data && { data }) });
  const mount = memory.fileSystem.mount.bind(memory.fileSystem);
  memory.fileSystem.mount = async (mountpoint, labels, options) => {
    await mount(mountpoint, labels, options);
    if (labels[TARGET_LABEL] !== NOT_LAZY) return;
    memory.data.dirs.mounted.delete(mountpoint);
    throw new NotLazyError('unsupported-format', 'the layer is not eStargz');
  };
  return { memory, diedBefore: () => last };
}

const swallow = () => undefined;

/** Runs the clients' calls until the crash. */
async function crashAt(call: number): Promise<{ data: MemoryData; told: Acknowledged; step?: string }> {
  const told: Acknowledged = { made: new Set(), removed: new Set(), labelled: new Map() };
  const { memory, diedBefore } = createMortal(call);
  await useSnapshotter(memory.snapshotter, told).catch(swallow);
  await memory.snapshotter.close();
  const step = diedBefore();
  return { data: memory.data, told, ...(step !== undefined && { step }) };
}

/** What must hold after the next start, whatever happened before. */
async function check(data: MemoryData, told: Acknowledged, where: string): Promise<void> {
  // Mounts of the dead process are still there, or dead: the file system sees to both when asked.
  await using memory = createMemorySnapshotter({ data });
  const { snapshotter, meta, dirs } = memory;
  await snapshotter.restore();

  const records = await collect(snapshotter.describe());
  const byName = new Map(records.map((record) => [record.name, record]));
  const lost = [...told.made].filter((name) => !byName.has(name));
  const left = [...told.removed].filter((name) => byName.has(name));
  const unlabelled = [...told.labelled].filter(([name, value]) => byName.get(name)?.labels[LABEL] !== value);
  expect({ lost, left, unlabelled }, where).toEqual({ lost: [], left: [], unlabelled: [] });
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
  for (const name of childrenFirst(records)) await snapshotter.remove(name);
  await snapshotter.cleanup();
  expect([dirs.data.published.size, data.dirs.mounted.size], where).toEqual([0, 0]);
}

function childrenFirst(records: readonly SnapshotStatus[]): string[] {
  const left = new Map(records.map(({ name, parent }) => [name, parent]));
  const order: string[] = [];
  while (left.size > 0) {
    const parents = new Set(left.values());
    for (const name of [...left.keys()].filter((it) => !parents.has(it))) {
      order.push(name);
      left.delete(name);
    }
  }
  return order;
}

describe('a crash before any call of any port', () => {
  test('loses nothing that was acknowledged, and leaves nothing behind after the next start', async () => {
    const steps = new Set<string>();
    let call = 0;
    for (let isDone = false; !isDone; ) {
      const { data, told, step } = await crashAt(++call);
      isDone = step === undefined;
      if (step) steps.add(step);
      await check(data, told, `crash before call ${call}, ${step}`);
    }
    // A step that was cut off may be followed by the attempt to take back what was done.
    expect([...steps].filter((step) => step !== 'dirs.discard').sort()).toEqual(STEPS);
  });

  test('and another one at the start after it, before any call', { timeout: 120_000 }, async () => {
    const steps = new Set<string>();
    for (let call = 1, step: string | undefined = ''; step !== undefined; call++) {
      ({ step } = await crashAt(call));
      for (let next = 1, second: string | undefined = ''; second !== undefined; next++) {
        const { data, told } = await crashAt(call);
        const { memory, diedBefore } = createMortal(next, data);
        await memory.snapshotter.restore().catch(swallow);
        await memory.snapshotter.close();
        second = diedBefore();
        if (second) steps.add(second);
        await check(
          data,
          told,
          `crash before call ${call}, ${step}, then before ${next} of the start, ${second}`,
        );
      }
    }
    expect([...steps].sort()).toEqual(expect.arrayContaining(STEPS_OF_START));
  });
});
