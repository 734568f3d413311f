import type { Context } from '../context.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { UPPERDIR_LABEL } from '../well-known-labels.ts';

/**
 * As much of a record as clients see. The same object for the same record, so that whoever makes something of it, its
 * bytes for instance, can keep that with it.
 */
export function toInfo(
  context: Pick<Context, 'infos' | 'upperdirLabel' | 'dirs'>,
  record: SnapshotRecord,
): SnapshotInfo {
  const known = context.infos.get(record);
  if (known) return known;
  const info = makeInfo(context, record);
  context.infos.set(record, info);
  return info;
}

function makeInfo(
  { upperdirLabel, dirs }: Pick<Context, 'upperdirLabel' | 'dirs'>,
  record: SnapshotRecord,
): SnapshotInfo {
  const { name, parent, kind, createdNs, updatedNs } = record;
  const labels = upperdirLabel
    ? { ...record.labels, [UPPERDIR_LABEL]: dirs.contentPath(record.id) }
    : record.labels;
  return { name, parent, kind, labels, createdNs, updatedNs };
}
