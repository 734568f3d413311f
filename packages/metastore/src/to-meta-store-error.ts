import Database from 'better-sqlite3';
import { MetaStoreError } from './meta-store-error.ts';

/** Says errors of SQLite in the words of this package; leaves others as they are. */
export function toMetaStoreError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code, message } = error;
  const options = { cause: error };
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(code)) {
    const what = `the snapshot database ${path} is damaged (${message})`;
    return new MetaStoreError(
      'CORRUPT',
      `${what}: restore it, or stop, move it away and pull again`,
      options,
    );
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new MetaStoreError(
      'IN_USE',
      `another process uses the snapshot database ${path}: stop it`,
      options,
    );
  }
  if (code === 'SQLITE_FULL') {
    return new MetaStoreError('NO_SPACE', `no space left for the snapshot database ${path}`, options);
  }
  return new MetaStoreError('IO', `the snapshot database ${path} failed: ${message} (${code})`, options);
}
