import type { Context } from '../context.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { UPPERDIR_LABEL } from '../well-known-labels.ts';

/** As much of a record as clients see. */
export function toInfo(
  { upperdirLabel, dirs }: Pick<Context, 'upperdirLabel' | 'dirs'>,
  record: SnapshotRecord,
): SnapshotInfo {
  const { name, parent, kind, createdNs, updatedNs } = record;
  const labels = upperdirLabel
    ? { ...record.labels, [UPPERDIR_LABEL]: dirs.contentPath(record.id) }
    : record.labels;
  return { name, parent, kind, labels, createdNs, updatedNs };
}
