import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { Mount } from '../mount.ts';
import type { ChainLink } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';
import { ID_MAPPING_LABELS } from '../well-known-labels.ts';
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
 * Says how to mount an active snapshot or a view, once it and its ancestors can be used.
 *
 * @throws SnapshotterError UNAVAILABLE; FAILED_PRECONDITION for an idmapped mount of remote layers
 */
export async function mountsOf(
  { meta, dirs, availability }: Context,
  record: SnapshotRecord,
  options?: CallOptions,
): Promise<readonly Mount[]> {
  const parents = record.parent === '' ? [] : meta.read((tx) => tx.chain(record.parent));
  refuseIdMapping(record, parents);
  await availability.require([record, ...parents], options);
  const { id, kind, labels } = record;
  return dirs.mountsOf({ id, kind, labels, parentIds: parents.map((link) => link.id) });
}

/**
 * containerd maps the directory that holds all layers, without what is mounted in it: the container would find
 * empty layers. Source: containerd core/mount/mount_linux.go, `doPrepareIDMappedOverlay`.
 */
function refuseIdMapping({ name, labels }: SnapshotRecord, parents: readonly ChainLink[]): void {
  const isMapped = Object.values(ID_MAPPING_LABELS).some((label) => Object.hasOwn(labels, label));
  const remote = isMapped ? parents.find((link) => link.remote) : undefined;
  if (!remote) return;
  throw new SnapshotterError(
    'FAILED_PRECONDITION',
    `snapshot ${name} cannot be mounted idmapped, because layer ${remote.name} is mounted lazily: ` +
      "take the capability remap-ids out of this snapshotter's plugin in containerd's configuration",
  );
}
