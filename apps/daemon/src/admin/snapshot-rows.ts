import type { SnapshotRow } from '@sluice/admin-api';
import type { RemoteFileSystem } from '@sluice/remote-fs';
import type { ManagedSnapshotter, SnapshotStatus } from '@sluice/snapshotter-core';

export interface SnapshotRowsDeps {
  readonly snapshotter: Pick<ManagedSnapshotter, 'describe'>;
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: Pick<RemoteFileSystem, 'describe'> | undefined;
}

/** What `sluice ls` shows: all snapshots, oldest first. */
export async function snapshotRows(deps: SnapshotRowsDeps): Promise<SnapshotRow[]> {
  const rows: SnapshotRow[] = [];
  for await (const batch of deps.snapshotter.describe()) {
    for (const status of batch) rows.push(rowOf(status, deps.remoteFs));
  }
  return rows;
}

function rowOf(status: SnapshotStatus, remoteFs: SnapshotRowsDeps['remoteFs']): SnapshotRow {
  const { id, name, parent, kind, remote, createdNs } = status;
  const reason = status.problem ?? status.notLazy;
  const row: SnapshotRow = {
    id,
    name,
    parent,
    kind,
    lazy: remote,
    createdAt: rfc3339(createdNs),
    ...(reason === undefined ? {} : { reason }),
  };
  const layer = remote ? remoteFs?.describe(status.contentPath) : undefined;
  if (!layer) return row;
  return { ...row, layer: layer.layerDigest, bytesLocal: layer.bytesLocal, bytesTotal: layer.bytesTotal };
}

/** With all nine digits, so that the order of texts is that of times. */
export function rfc3339(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}
