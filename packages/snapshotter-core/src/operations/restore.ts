import type { Recovery } from '../availability.ts';
import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { ChainLink } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { TARGET_LABEL } from '../well-known-labels.ts';
import { forEachLimited } from '../work/for-each-limited.ts';
import { cleanup } from './cleanup.ts';
import { requireSnapshot } from './require-snapshot.ts';
import { walkRecords } from './walk-records.ts';

/** Mounts at a time: they mostly wait, for the kernel or the disk. */
const CONCURRENCY = 8;

/** Records that are read at a time while nothing else runs. */
const SCAN_SIZE = 1000;

export async function restore(context: Context, options?: CallOptions): Promise<void> {
  const { logger, availability } = context;
  const { remotes, lastId } = markRemote(context);
  const incomplete = await healAll(context, lastId, options);
  // Layers first: what is made anew takes its owner from the layer below.
  for (const ids of [remotes.map(({ id }) => id), incomplete]) {
    await forEachLimited(ids, CONCURRENCY, async (id) => {
      if (context.closing.aborted || options?.signal?.aborted) return;
      await availability.recover(id, options).catch(() => undefined);
    });
  }
  context.closing.throwIfAborted();
  options?.signal?.throwIfAborted();
  const unavailable = availability.list().length;
  logger.info({ layers: remotes.length, unavailable }, 'lazily mounted layers are restored');
  await cleanup(context, options);
}

/** @returns the ids of snapshots whose directories are to be made anew */
async function healAll(context: Context, lastId: number, options?: CallOptions): Promise<readonly number[]> {
  const { ids } = await context.dirs.list();
  const incomplete: number[] = [];
  for await (const page of walkRecords(context, options)) {
    for (const record of page) {
      // What is made from now on is looked after by those who make it.
      if (record.remote || record.id > lastId) continue;
      if (ids.has(record.id)) await endStrayMount(context, record);
      else if (markIncomplete(context, record)) incomplete.push(record.id);
    }
  }
  return incomplete;
}

/**
 * From here on, calls that need one of these layers wait until it is mounted again. Done at one go, so that no
 * call comes before.
 */
function markRemote(context: Context): { remotes: readonly ChainLink[]; lastId: number } {
  const remotes: ChainLink[] = [];
  const pending = new Error('it is not mounted again yet');
  let lastId = 0;
  context.meta.read((tx) => {
    for (let page = tx.page(0, SCAN_SIZE); page.length > 0; page = tx.page(lastId, SCAN_SIZE)) {
      for (const { id, name, remote } of page) {
        lastId = id;
        if (remote) remotes.push({ id, name, remote });
      }
    }
  });
  for (const link of remotes) context.availability.markUnavailable(link, pending, recovery(context, link));
  return { remotes, lastId };
}

/** Mounts the layer again, the first time from local state; later attempts may ask the registry. */
function recovery(context: Context, { id, name }: ChainLink): Recovery {
  const { dirs, meta, fileSystem, closing } = context;
  let isFirst = true;
  return async (removed) => {
    if (!fileSystem) throw new Error('lazy mounting is switched off: switch it on, or pull the image again');
    const { kind, labels, layerLabels = labels } = meta.read((tx) => requireSnapshot(tx, name));
    await dirs.ensure(id, { kind, parentId: undefined, labels });
    const mountpoint = dirs.contentPath(id);
    const how = isFirst ? 'restore' : 'check';
    isFirst = false;
    const signal = AbortSignal.any([closing, removed]);
    signal.throwIfAborted();
    await fileSystem[how](mountpoint, layerLabels, { signal });
  };
}

/** The last run may have mounted a layer here and ended before that was recorded. Never throws. */
async function endStrayMount({ dirs, fileSystem, logger }: Context, record: SnapshotRecord): Promise<void> {
  const { id, name, kind, labels } = record;
  if (kind === 'committed' || !labels[TARGET_LABEL]) return;
  try {
    await fileSystem?.unmount(dirs.contentPath(id));
  } catch (err) {
    logger.error({ id, snapshot: name, err }, 'cannot heal a snapshot');
  }
}

/**
 * A crash, or somebody with a shell, has left a snapshot without its directory. An empty one in place of a
 * committed layer would be a wrong layer that looks like a right one.
 *
 * @returns whether the directory can be made anew
 */
function markIncomplete(context: Context, record: SnapshotRecord): boolean {
  const { availability, dirs } = context;
  const isCommitted = record.kind === 'committed';
  const recover = isCommitted ? () => reappear(context, record.id) : () => remake(context, record);
  availability.markUnavailable(record, missing(dirs.contentPath(record.id)), recover);
  return !isCommitted;
}

async function remake({ meta, dirs, availability }: Context, record: SnapshotRecord): Promise<void> {
  const { id, kind, labels } = record;
  const parent = record.parent === '' ? undefined : meta.read((tx) => requireSnapshot(tx, record.parent));
  if (parent) await availability.require([parent]);
  await dirs.ensure(id, { kind, parentId: parent?.id, labels });
}

async function reappear({ dirs }: Context, id: number): Promise<void> {
  const { ids } = await dirs.list();
  if (!ids.has(id)) throw missing(dirs.contentPath(id));
}

function missing(path: string): Error {
  return new Error(`its directory ${path} is missing: remove the image and pull it again`);
}
