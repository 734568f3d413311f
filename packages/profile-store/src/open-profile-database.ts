import { rmSync } from 'node:fs';
import type { Logger } from '@sluice/snapshotter-core';
import Database from 'better-sqlite3';

/** 'Slcp': tells our databases from those of other programs. */
const APPLICATION_ID = 0x536c6370;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE profiles (
    image TEXT PRIMARY KEY,
    reference TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    layers INTEGER NOT NULL,
    ranges INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- grows with every use, of whichever profile: the smallest is that of the one not used for the longest time
    used INTEGER NOT NULL,
    -- the layers and their ranges: JSON, raw deflate
    body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX profiles_by_use ON profiles (used);
`;

/**
 * Opens the database, or makes it. What is in it can be learned again: one that is damaged, of another program or of a
 * newer version is replaced by an empty one, with a warning.
 *
 * @throws Database.SqliteError where there can be none: a full or read-only disk, or another process has it
 */
export function openProfileDatabase(path: string, logger: Logger): Database.Database {
  const found = attempt(path);
  if (found instanceof Database) return found;
  logger.warn({ err: found, path }, 'the profiles of images cannot be read: they are learned anew');
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  const made = attempt(path);
  if (made instanceof Database) return made;
  throw made;
}

/** The database, or what is wrong with its file. @throws where the file is not to blame */
function attempt(path: string): Database.Database | Error {
  const database = new Database(path, { timeout: 0 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    const problem = problemOf(database);
    if (problem === undefined) return database;
    database.close();
    return new Error(problem);
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) return error;
    throw error;
  }
}

/** Makes the table where there is nothing. */
function problemOf(database: Database.Database): string | undefined {
  const read = (pragma: string) => database.pragma(pragma, { simple: true });
  const check = read('quick_check(1)');
  if (check !== 'ok') return String(check);
  if (database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0) {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
    return undefined;
  }
  if (read('application_id') !== APPLICATION_ID) return 'it is a database of another program';
  const version = read('user_version');
  return version === SCHEMA_VERSION ? undefined : `it has the schema of version ${version}`;
}
