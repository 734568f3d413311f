import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Mount } from '../mount.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { requireSnapshot } from './require-snapshot.ts';

export async function mounts(
  context: Context,
  key: string,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  const record = context.meta.read((tx) => requireSnapshot(tx, key));
  if (record.kind === 'committed') {
    throw new SnapshotterError(
      'FAILED_PRECONDITION',
      `snapshot ${key} is committed and cannot be mounted itself: prepare a snapshot, or a view, on top of it`,
    );
  }
  return await mountsOf(context, record, options);
}

/**
 * Says how to mount an active snapshot or a view, once its ancestors can be used.
 *
 * @throws SnapshotterError UNAVAILABLE
 */
export async function mountsOf(
  { meta, dirs, availability }: Context,
  record: SnapshotRecord,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  const parents = record.parent === '' ? [] : meta.read((tx) => tx.chain(record.parent));
  await availability.require(parents, options);
  const { id, kind, labels } = record;
  return dirs.mountsOf({ id, kind, labels, parentIds: parents.map((link) => link.id) });
}
