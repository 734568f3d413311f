import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { rebuildDatabase } from '@sluice/metastore';
import type { ExaminedStore } from './examine-store.ts';
import type { StoreReport } from './store-report.ts';

/**
 * Writes a damaged database anew, with what can be used: no snapshot is in it whose layers are not all there. The
 * damaged one stays beside it under another name. A crash leaves either of them under the database's name, and loses
 * none.
 *
 * Nothing is done where the database is not damaged (a start makes a missing one, and lost snapshots are containerd's to
 * remove), or where nothing can be saved: a daemon that starts on an empty database removes all directories.
 *
 * @returns the report, with what was done
 * @throws MetaStoreError; the errors of the file system
 */
export function repairStore({ report, records }: ExaminedStore, now: Date): StoreReport {
  const isUsable = new Set([...report.usable, ...report.remade]);
  const kept = records.filter(({ name }) => isUsable.has(name));
  if (report.database.state !== 'damaged' || kept.length === 0) return report;
  const { path } = report.database;
  const damaged = freeName(`${path}.damaged-${now.toISOString().replaceAll(/[-:]|\..*/g, '')}`);
  const rebuilt = freeName(`${path}.rebuilt`);
  try {
    rebuildDatabase(rebuilt, kept);
    replaceDatabase({ path, damaged, rebuilt });
  } catch (error) {
    rmSync(rebuilt, { force: true });
    throw error;
  }
  return { ...report, healthy: true, repaired: { kept: kept.length, damaged } };
}

function replaceDatabase(names: { path: string; damaged: string; rebuilt: string }): void {
  const { path, damaged, rebuilt } = names;
  linkSync(path, damaged);
  // The log before the database: SQLite would take it for the new one's.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${damaged}-wal`);
  renameSync(rebuilt, path);
  const directory = openSync(dirname(path), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function freeName(path: string, attempt = 0): string {
  const name = attempt === 0 ? path : `${path}-${attempt}`;
  return existsSync(name) ? freeName(path, attempt + 1) : name;
}
