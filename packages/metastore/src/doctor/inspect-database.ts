import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SnapshotRecord } from '@sluice/snapshotter-core';
import Database from 'better-sqlite3';
import { MetaStoreError } from '../meta-store-error.ts';
import { openDatabase } from '../open-database.ts';
import { toMetaStoreError } from '../to-meta-store-error.ts';
import { salvageRecords } from './salvage-records.ts';

/** 'unreadable': for a reason of the disk. */
export type DatabaseState = 'ok' | 'missing' | 'damaged' | 'newer' | 'in-use' | 'unreadable';

/** What a database says, and whether it can be believed. */
export interface DatabaseReport {
  readonly state: DatabaseState;
  /** Why it is not 'ok', and what to do. */
  readonly problem?: string;
  /** All of them if the state is 'ok'; those that can still be read if it is 'damaged'; else none. */
  readonly records: readonly SnapshotRecord[];
}

/**
 * Looks at a database that no daemon uses. Changes nothing: it works on a copy, for which there must be space beside
 * the database.
 *
 * @param ids of snapshots that may be in it, beside those that it says itself: those that have directories
 */
export function inspectDatabase(path: string, ids: Iterable<number> = []): DatabaseReport {
  if (!existsSync(path)) return { state: 'missing', problem: `there is no ${path}`, records: [] };
  let copy: Copy | undefined;
  try {
    refuseIfInUse(path);
    copy = copyDatabase(path);
    openDatabase(copy.path).close();
    return { state: 'ok', records: salvageRecords(copy.path, ids) };
  } catch (error) {
    const { code, message } = explain(error, path);
    const problem = copy ? message.replaceAll(copy.path, path) : message;
    if (code !== 'CORRUPT' || !copy) return { state: stateOf(code), problem, records: [] };
    // Opening may have changed it.
    copy.renew();
    return { state: 'damaged', problem, records: salvageRecords(copy.path, ids) };
  } finally {
    copy?.[Symbol.dispose]();
  }
}

interface Copy extends Disposable {
  readonly path: string;
  renew(): void;
}

/** With the log beside it, which holds the last changes after a crash. */
function copyDatabase(path: string): Copy {
  const directory = mkdtempSync(join(dirname(path), 'doctor-'));
  const copy = join(directory, 'metadata.db');
  const renew = () => {
    for (const suffix of ['', '-wal']) {
      rmSync(`${copy}${suffix}`, { force: true });
      if (existsSync(`${path}${suffix}`)) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`);
    }
  };
  const dispose = () => rmSync(directory, { recursive: true });
  try {
    renew();
  } catch (error) {
    dispose();
    throw error;
  }
  return { path: copy, renew, [Symbol.dispose]: dispose };
}

function refuseIfInUse(path: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, timeout: 0 });
    database.pragma('locking_mode = EXCLUSIVE');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    const known = toMetaStoreError(error, path);
    // Whatever else is wrong is found out on the copy.
    if (known instanceof MetaStoreError && known.code === 'IN_USE') throw known;
  } finally {
    database?.close();
  }
}

function explain(error: unknown, path: string): { code: string; message: string } {
  const known = toMetaStoreError(error, path);
  if (known instanceof MetaStoreError) return known;
  return { code: 'IO', message: `cannot read ${path}: ${known instanceof Error ? known.message : known}` };
}

function stateOf(code: string): DatabaseState {
  return code === 'IN_USE' ? 'in-use' : code === 'NEWER' ? 'newer' : 'unreadable';
}
