import type { ReadTx } from '../ports/meta-store.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { SnapshotterError } from '../snapshotter-error.ts';

/** @throws SnapshotterError NOT_FOUND */
export function requireSnapshot(tx: ReadTx, name: string): SnapshotRecord {
  const record = tx.get(name);
  if (!record) throw new SnapshotterError('NOT_FOUND', `snapshot ${name} does not exist`);
  return record;
}
