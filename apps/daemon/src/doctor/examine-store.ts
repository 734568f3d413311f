import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseReport, inspectDatabase } from '@sluice/metastore';
import { listLayerDirs } from '@sluice/overlay';
import { diagnoseStore, type SnapshotRecord } from '@sluice/snapshotter-core';
import type { StoreReport } from './store-report.ts';

export interface ExaminedStore {
  readonly report: StoreReport;
  /** What can be read of the database. */
  readonly records: readonly SnapshotRecord[];
}

/**
 * Looks at the database and the directories of a daemon that does not run. Changes nothing; needs space for a copy of
 * the database.
 *
 * @param root exists, and nobody works on it
 */
export async function examineStore(root: string): Promise<ExaminedStore> {
  const path = join(root, 'metadata.db');
  const dirs = await listLayerDirs(root);
  const { records, ...database } = inspect(path, dirs.ids);
  const diagnosis = diagnoseStore(records, dirs);
  // A root without database and snapshots is one that no daemon has used yet.
  const starts = database.state === 'ok' || (database.state === 'missing' && dirs.ids.size === 0);
  const healthy = starts && diagnosis.lost.length === 0;
  return { report: { root, healthy, database: { path, ...database }, ...diagnosis }, records };
}

/** To SQLite, an empty file is a new database; here it is one that has lost everything. */
function inspect(path: string, ids: ReadonlySet<number>): DatabaseReport {
  const report = inspectDatabase(path, ids);
  const isEmpty = report.records.length === 0 && statSync(path, { throwIfNoEntry: false })?.size === 0;
  return isEmpty ? { state: 'damaged', problem: `the file ${path} is empty`, records: [] } : report;
}
