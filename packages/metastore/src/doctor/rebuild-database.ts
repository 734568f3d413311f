import { existsSync } from 'node:fs';
import { type SnapshotRecord, TARGET_LABEL } from '@sluice/snapshotter-core';
import { MetaStoreError } from '../meta-store-error.ts';
import { openDatabase } from '../open-database.ts';

/**
 * Writes a new database that holds these records, with their ids: what could be saved from a damaged one.
 *
 * @param path where nothing is yet; move the damaged database away, and what is `-wal` beside it
 * @param records each with its parent among them, if it has one
 * @throws MetaStoreError IO if there is something at `path`, or a record's parent is missing; NO_SPACE
 */
export function rebuildDatabase(path: string, records: readonly SnapshotRecord[]): void {
  for (const file of [path, `${path}-wal`]) {
    if (existsSync(file)) throw new MetaStoreError('IO', `${file} exists already: move it away first`);
  }
  const idOf = new Map(records.map(({ name, id }) => [name, id]));
  const orphan = records.find(({ parent }) => parent !== '' && !idOf.has(parent));
  if (orphan)
    throw new MetaStoreError('IO', `the parent ${orphan.parent} of snapshot ${orphan.name} is missing`);
  const database = openDatabase(path);
  try {
    database.pragma('synchronous = FULL');
    const insert = database.prepare(`INSERT INTO snapshots VALUES
      (@id, @name, @parentId, @kind, @labels, @target, @createdNs, @updatedNs, @remote, @notLazy, @sizeBytes, @inodes,
       @layerLabels)`);
    database.transaction(() => {
      // A parent may have been made after its child: a rebase.
      database.pragma('defer_foreign_keys = ON');
      for (const record of records) insert.run(columnsOf(record, idOf));
    })();
  } finally {
    database.close();
  }
}

function columnsOf(record: SnapshotRecord, idOf: ReadonlyMap<string, number>) {
  const { id, name, parent, kind, labels, createdNs, updatedNs, remote, usage } = record;
  return {
    id,
    name,
    parentId: parent === '' ? null : idOf.get(parent)!,
    kind,
    labels: JSON.stringify(labels),
    target: labels[TARGET_LABEL] ?? null,
    createdNs,
    updatedNs,
    remote: remote ? 1 : 0,
    notLazy: record.notLazy ?? null,
    sizeBytes: usage?.sizeBytes ?? null,
    inodes: usage?.inodes ?? null,
    layerLabels: record.layerLabels ? JSON.stringify(record.layerLabels) : null,
  };
}
