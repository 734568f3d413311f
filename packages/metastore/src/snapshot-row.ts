import type { NotLazyReason, SnapshotKind, SnapshotRecord } from '@sluice/snapshotter-core';

/** The columns that `toRecord` takes, in its order; `parent` is joined. */
export const ROW_COLUMNS = `
  s.id, s.name, coalesce(p.name, ''), s.kind, s.labels, s.created_ns, s.updated_ns,
  s.remote, s.not_lazy, s.size_bytes, s.inodes, s.layer_labels
`;

export const ROW_TABLES = 'snapshots s LEFT JOIN snapshots p ON p.id = s.parent_id';

/** Integers are bigints, because times need more than 53 bits. */
export type SnapshotRow = [
  id: bigint,
  name: string,
  parent: string,
  kind: SnapshotKind,
  labels: string,
  createdNs: bigint,
  updatedNs: bigint,
  remote: bigint,
  notLazy: NotLazyReason | null,
  sizeBytes: bigint | null,
  inodes: bigint | null,
  layerLabels: string | null,
];

export function toRecord(row: SnapshotRow): SnapshotRecord {
  const layerLabels = row[11];
  const [id, name, parent, kind, labels, createdNs, updatedNs, remote, notLazy, sizeBytes, inodes] = row;
  return {
    id: Number(id),
    name,
    parent,
    kind,
    labels: JSON.parse(labels) as SnapshotRecord['labels'],
    createdNs,
    updatedNs,
    remote: remote !== 0n,
    ...(layerLabels !== null && { layerLabels: JSON.parse(layerLabels) as SnapshotRecord['labels'] }),
    ...(notLazy !== null && { notLazy }),
    ...(sizeBytes !== null && { usage: { sizeBytes: Number(sizeBytes), inodes: Number(inodes) } }),
  };
}
