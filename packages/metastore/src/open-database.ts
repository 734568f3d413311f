import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { MetaStoreError } from './meta-store-error.ts';
import { MIGRATIONS } from './migrations.ts';
import { toMetaStoreError } from './to-meta-store-error.ts';

/** 'Slce': tells our databases from those of other programs. */
const APPLICATION_ID = 0x536c6365;

/**
 * Opens the database, or makes it, checks it and brings it to the current schema. Only one process can have it
 * open. It is in WAL mode and does not flush when it commits: that is `WalFlusher`'s work.
 *
 * @throws MetaStoreError CORRUPT, NEWER, IN_USE, NO_SPACE, IO
 */
export function openDatabase(path: string, migrations = MIGRATIONS): Database.Database {
  let database: Database.Database | undefined;
  try {
    // SQLite would say of a read-only file system that there was an I/O error.
    accessSync(dirname(path), constants.W_OK);
    database = new Database(path, { timeout: 0 });
    configure(database);
    check(database, path);
    migrate(database, { path, migrations });
    return database;
  } catch (error) {
    database?.close();
    throw openingError(error, path);
  }
}

function configure(database: Database.Database): void {
  // The lock is taken with the first access and kept, which also spares the shared-memory file.
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.exec('BEGIN IMMEDIATE; COMMIT');
}

function check(database: Database.Database, path: string): void {
  const problem = database.pragma('quick_check(1)', { simple: true });
  if (problem !== 'ok') {
    const what = `the snapshot database ${path} is damaged (${String(problem)})`;
    throw new MetaStoreError('CORRUPT', `${what}: restore it, or move it away and pull again`);
  }
  const isNew = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
  if (!isNew && database.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new MetaStoreError('CORRUPT', `${path} is a database of another program: choose another path`);
  }
}

function migrate(
  database: Database.Database,
  { path, migrations }: { path: string; migrations: readonly string[] },
): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    throw new MetaStoreError(
      'NEWER',
      `the snapshot database ${path} has schema version ${version}, and this program knows ${migrations.length}: use a newer version of the program`,
    );
  }
  for (const [i, step] of migrations.entries()) {
    if (i < version) continue;
    database.transaction(() => {
      database.exec(step);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${i + 1}`);
    })();
  }
}

function openingError(error: unknown, path: string): unknown {
  if (error instanceof MetaStoreError || error instanceof Database.SqliteError) {
    return toMetaStoreError(error, path);
  }
  // Not from SQLite: the directory does not exist, for instance.
  const message = error instanceof Error ? error.message : String(error);
  return new MetaStoreError('IO', `cannot open the snapshot database ${path}: ${message}`, { cause: error });
}
