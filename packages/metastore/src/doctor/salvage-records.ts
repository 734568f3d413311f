import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import type { SnapshotRecord } from '@sluice/snapshotter-core';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../migrations.ts';
import { ROW_COLUMNS, ROW_TABLES, type SnapshotRow, toRecord } from '../snapshot-row.ts';
import { isSoundRecord } from './is-sound-record.ts';

/** Nobody has had more than this; a damaged number may say so. */
const MAX_ID = 10_000_000;
const MAX_BYTES = 2 ** 33;

/**
 * Reads the records of a database that may be damaged: each by itself, so that one that cannot be read costs no other.
 * A record whose parent cannot be read has a parent that is not among them.
 *
 * @param path of a copy: an older schema is brought to the current one
 * @param ids to look for, beside those that the database says itself
 */
export function salvageRecords(path: string, ids: Iterable<number>): readonly SnapshotRecord[] {
  padToHeader(path);
  const database = new Database(path);
  try {
    for (const step of MIGRATIONS.slice(versionOf(database))) attempt(() => database.exec(step));
    const wanted = new Set(ids);
    for (const id of idsSaid(database)) wanted.add(id);
    const records = [...wanted].sort((a, b) => a - b).map((id) => attempt(() => readRecord(database, id)));
    return records.filter((record) => record !== undefined).filter(isSoundRecord);
  } finally {
    database.close();
  }
}

/**
 * SQLite refuses every page of a file that is shorter than its header says: bytes 16 and 17 hold the size of a page (1:
 * 65536), bytes 28 to 31 their number, big-endian (https://www.sqlite.org/fileformat2.html#database_header).
 */
function padToHeader(path: string): void {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r+');
  try {
    if (readSync(file, header, 0, 100, 0) < 100 || header.toString('latin1', 0, 15) !== 'SQLite format 3')
      return;
    const pageBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
    const wantedBytes = pageBytes * header.readUInt32BE(28);
    if (fstatSync(file).size < wantedBytes && wantedBytes < MAX_BYTES) ftruncateSync(file, wantedBytes);
  } finally {
    closeSync(file);
  }
}

/** What the table says, as far as it can be read; and all that were ever given, if that can. */
function idsSaid(database: Database.Database): Set<number> {
  const said = new Set<number>();
  attempt(() => {
    const all = database.prepare<[], number>('SELECT id FROM snapshots ORDER BY id').pluck();
    for (const id of all.iterate()) said.add(id);
  });
  if (isWhole(database)) return said;
  const last = attempt(() =>
    database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'snapshots'").pluck().get(),
  );
  for (let id = 1; id <= Math.min(last ?? 0, MAX_ID); id++) said.add(id);
  return said;
}

function isWhole(database: Database.Database): boolean {
  return attempt(() => database.pragma('quick_check(1)', { simple: true })) === 'ok';
}

function readRecord(database: Database.Database, id: number): SnapshotRecord | undefined {
  const row = database
    .prepare<[number], SnapshotRow>(`SELECT ${ROW_COLUMNS} FROM ${ROW_TABLES} WHERE s.id = ?`)
    .raw()
    .safeIntegers()
    .get(id);
  if (!row) return undefined;
  const record = toRecord(row);
  return record.parent === '' ? { ...record, parent: lostParent(database, id) } : record;
}

/** The join finds no name where there is no parent, and also where the parent's row cannot be found. */
function lostParent(database: Database.Database, id: number): string {
  const parentId = database
    .prepare<[number], number | null>('SELECT parent_id FROM snapshots WHERE id = ?')
    .pluck()
    .get(id);
  return parentId == null ? '' : `lost snapshot ${parentId}`;
}

function versionOf(database: Database.Database): number {
  return Number(attempt(() => database.pragma('user_version', { simple: true })) ?? MIGRATIONS.length);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
