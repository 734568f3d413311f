import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { SnapshotRow } from '@sluice/admin-api';
import type { RemoteFileSystem } from '@sluice/remote-fs';
import type { LayerDirs, MetaStore, SnapshotRecord } from '@sluice/snapshotter-core';

export interface SnapshotRowsDeps {
  readonly store: MetaStore;
  readonly dirs: Pick<LayerDirs, 'contentPath'>;
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: Pick<RemoteFileSystem, 'describe'> | undefined;
}

const pageSize = 200;

/** All snapshots, oldest first, a page at a time, so that others are served in between. */
export async function* snapshotRecords(store: MetaStore): AsyncGenerator<SnapshotRecord> {
  let page: readonly SnapshotRecord[];
  let after = 0;
  do {
    page = store.read((tx) => tx.page(after, pageSize));
    yield* page;
    after = page.at(-1)?.id ?? after;
    await yieldToOthers();
  } while (page.length === pageSize);
}

/** What `sluice ls` shows. */
export async function snapshotRows(deps: SnapshotRowsDeps): Promise<readonly SnapshotRow[]> {
  const rows: SnapshotRow[] = [];
  for await (const record of snapshotRecords(deps.store)) rows.push(rowOf(record, deps));
  return rows;
}

function rowOf(record: SnapshotRecord, { dirs, remoteFs }: SnapshotRowsDeps): SnapshotRow {
  const { id, name, parent, kind, remote } = record;
  const base = { id, name, parent, kind, lazy: remote, createdAt: rfc3339(record.createdNs) };
  if (!remote) return record.notLazy ? { ...base, reason: record.notLazy } : base;
  const layer = remoteFs?.describe(dirs.contentPath(id));
  if (!layer) return { ...base, reason: 'not mounted: its content cannot be had now' };
  const { layerDigest, bytesLocal, bytesTotal } = layer;
  return { ...base, layer: layerDigest, bytesLocal, bytesTotal };
}

/** With all nine digits, so that the order of texts is that of times. */
export function rfc3339(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}
