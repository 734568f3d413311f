import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { StagedDir } from '../ports/layer-dirs.ts';
import type { ReadTx } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import type { SnapshotRequest } from './snapshot-request.ts';

/**
 * Records an active snapshot or a view and makes its directory. A crash on the way leaves nothing that counts:
 * a staged directory is swept, and a record without its directory gets one at the next start.
 *
 * @param request validated
 * @throws SnapshotterError INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, UNAVAILABLE; nothing is left then
 */
export async function createSnapshot(
  context: Context,
  request: SnapshotRequest,
  options?: CallOptions,
): Promise<SnapshotRecord> {
  const { meta, dirs, clock } = context;
  const staged = await stage(context, request, options);
  let record: SnapshotRecord | undefined;
  try {
    options?.signal?.throwIfAborted();
    record = await meta.write((tx) => {
      checkRequest(tx, request);
      return tx.create({ ...request, createdNs: clock() });
    });
    await dirs.publish(staged, record.id);
    return record;
  } catch (error) {
    if (record) await undoSnapshot(context, record);
    await dirs.discard(staged);
    throw error;
  }
}

async function stage(
  { meta, dirs, availability }: Context,
  request: SnapshotRequest,
  options?: CallOptions,
): Promise<StagedDir> {
  const parent = meta.read((tx) => checkRequest(tx, request));
  const { kind, labels } = request;
  try {
    // The new root takes its owner from the parent's content, which a layer that is not mounted does not have.
    if (parent) await availability.require([parent], options);
    return await dirs.stage({ kind, parentId: parent?.id, labels }, options);
  } catch (error) {
    // The parent may have been removed meanwhile: then that is what to say.
    meta.read((tx) => checkRequest(tx, request));
    throw error;
  }
}

/** Takes back a snapshot whose maker is going to be refused. Failures are left to the next sweep. */
export async function undoSnapshot(
  { meta, removals, logger }: Context,
  record: SnapshotRecord,
): Promise<void> {
  try {
    await meta.write((tx) => {
      if (tx.get(record.name)?.id === record.id) tx.remove(record.name);
    });
    await removals.remove(record.id);
  } catch (err) {
    logger.error({ id: record.id, key: record.name, err }, 'cannot take back a snapshot that failed');
  }
}

/** @returns the parent, if there is to be one */
function checkRequest(tx: ReadTx, { name, parent }: SnapshotRequest): SnapshotRecord | undefined {
  if (tx.get(name)) throw new SnapshotterError('ALREADY_EXISTS', `snapshot ${name} exists already`);
  if (parent === '') return undefined;
  const record = tx.get(parent);
  if (!record)
    throw new SnapshotterError('NOT_FOUND', `the parent ${parent} of snapshot ${name} does not exist`);
  if (record.kind === 'committed') return record;
  throw new SnapshotterError(
    'INVALID_ARGUMENT',
    `the parent ${parent} of snapshot ${name} is not committed: it is ${record.kind}`,
  );
}
