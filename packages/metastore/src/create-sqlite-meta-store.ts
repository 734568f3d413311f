import type { CallOptions, NotPromise, ReadTx, WriteTx } from '@sluice/snapshotter-core';
import type { Database } from 'better-sqlite3';
import { backUp } from './back-up.ts';
import { MetaStoreError } from './meta-store-error.ts';
import { openDatabase } from './open-database.ts';
import { reserveLog } from './reserve-log.ts';
import type { SqliteMetaStore } from './sqlite-meta-store.ts';
import { SqliteTx } from './sqlite-tx.ts';
import { prepareStatements } from './statements.ts';
import { toMetaStoreError } from './to-meta-store-error.ts';
import { WalFlusher } from './wal-flusher.ts';

export interface SqliteMetaStoreOptions {
  /** The database's file; made if it does not exist, in a directory that does. `-wal` is put beside it. */
  readonly path: string;
}

/**
 * Opens a `MetaStore` on SQLite. The file is this process's alone until the store is disposed of, which makes
 * everything durable and ends the waiting of writers.
 *
 * Writes run when they are asked for, one at a time, and wait together for the disk, without blocking the thread.
 *
 * @throws MetaStoreError CORRUPT, NEWER, IN_USE, NO_SPACE, IO
 */
export function createSqliteMetaStore({ path }: SqliteMetaStoreOptions): SqliteMetaStore {
  return new SqliteStore(path);
}

class SqliteStore implements SqliteMetaStore {
  private readonly path: string;
  private readonly database: Database;
  private readonly flusher: WalFlusher;
  private readonly tx: SqliteTx;

  constructor(path: string) {
    this.path = path;
    this.database = openDatabase(path);
    const log = `${path}-wal`;
    reserveLog(log);
    this.flusher = new WalFlusher(log);
    this.tx = new SqliteTx(prepareStatements(this.database));
  }

  /** Nothing else runs meanwhile and nobody else has the file: no transaction is needed. */
  read<T>(fn: (tx: ReadTx) => NotPromise<T>): T {
    return this.attempt(() => fn(this.tx));
  }

  async write<T>(fn: (tx: WriteTx) => NotPromise<T>): Promise<T> {
    this.flusher.refuseAfterFailure();
    const result = this.attempt(() => this.transact(fn));
    await this.flusher.flush();
    return result;
  }

  async backup(path: string, options?: CallOptions): Promise<void> {
    this.refuseIfClosed();
    await backUp(this.database, path, options);
  }

  [Symbol.dispose](): void {
    if (!this.database.open) return;
    this.database.close();
    this.flusher.close();
  }

  private transact<T>(fn: (tx: WriteTx) => NotPromise<T>): NotPromise<T> {
    if (this.database.inTransaction) throw new Error('a transaction cannot begin within another');
    try {
      return this.database.transaction(() => fn(this.tx)).immediate();
    } catch (error) {
      this.tx.undone();
      throw error;
    }
  }

  private refuseIfClosed(): void {
    if (this.database.open) return;
    throw new MetaStoreError('CLOSED', `the snapshot database ${this.path} is closed`);
  }

  private attempt<T>(work: () => T): T {
    this.refuseIfClosed();
    try {
      return work();
    } catch (error) {
      throw toMetaStoreError(error, this.path);
    }
  }
}
