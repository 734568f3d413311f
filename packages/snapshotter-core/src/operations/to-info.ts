import type { SnapshotInfo } from '../snapshot-info.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';

/** As much of a record as clients see. */
export function toInfo(record: SnapshotRecord): SnapshotInfo {
  const { name, parent, kind, labels, createdNs, updatedNs } = record;
  return { name, parent, kind, labels, createdNs, updatedNs };
}
