import type { SnapshotRecord } from '@sluice/snapshotter-core';

const kinds: readonly unknown[] = ['active', 'view', 'committed'] satisfies SnapshotRecord['kind'][];

/**
 * Whether what was read of a damaged database can be a record. SQLite checks the constraints of a table when it writes,
 * not when it reads: the row that it makes of a page of zeros has NULL in every column.
 */
export function isSoundRecord(record: SnapshotRecord): boolean {
  const { name, kind, labels, layerLabels = {}, createdNs, updatedNs } = record;
  return (
    typeof name === 'string' &&
    name !== '' &&
    kinds.includes(kind) &&
    [labels, layerLabels].every(isLabels) &&
    [createdNs, updatedNs].every((ns) => typeof ns === 'bigint')
  );
}

function isLabels(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}
