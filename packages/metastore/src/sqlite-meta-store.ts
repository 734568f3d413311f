import type { CallOptions, MetaStore } from '@sluice/snapshotter-core';

/** A `MetaStore` on one SQLite file. */
export interface SqliteMetaStore extends MetaStore {
  /**
   * Copies the store to another file while it is in use; reads and writes go on in between. The copy holds everything
   * that was written before the call, and perhaps what is written during it. It takes its place under its name at the
   * end, in one step, durably; a file that had this name is replaced.
   *
   * To restore it: stop the daemon, put it in the place of the database, and remove what `-wal` is beside that.
   *
   * @param path in a directory that exists
   * @throws MetaStoreError IO, NO_SPACE, CLOSED; the signal's reason. Nothing is left then, and the file that had
   *   the name is as it was.
   */
  backup(path: string, options?: CallOptions): Promise<void>;
}
