import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CallOptions } from '@sluice/snapshotter-core';
import type { Database } from 'better-sqlite3';
import { MetaStoreError } from './meta-store-error.ts';
import { toMetaStoreError } from './to-meta-store-error.ts';

/** Pages copied at a time, while nothing else runs: less than a millisecond. */
const PAGES_AT_ONCE = 50;

/** Copies an open database to a file; see `SqliteMetaStore.backup`. */
export async function backUp(database: Database, path: string, options?: CallOptions): Promise<void> {
  const partial = `${path}.partial`;
  const signal = options?.signal;
  signal?.throwIfAborted();
  try {
    await database.backup(partial, {
      progress() {
        signal?.throwIfAborted();
        return PAGES_AT_ONCE;
      },
    });
    flush(partial);
    renameSync(partial, path);
    flush(dirname(path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw explain(error, path);
  }
}

function explain(error: unknown, path: string): unknown {
  const known = toMetaStoreError(error, path);
  if (known !== error || error instanceof MetaStoreError) return known;
  const isOfSystem = error instanceof Error && 'code' in error;
  // better-sqlite3 says in a TypeError that the directory does not exist.
  if (!isOfSystem && !(error instanceof TypeError)) return error;
  return new MetaStoreError('IO', `cannot back up to ${path}: ${error.message}`, { cause: error });
}

function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
