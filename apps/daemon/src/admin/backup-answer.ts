import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SqliteMetaStore } from '@sluice/metastore';
import type { AdminAnswer } from './admin-server.ts';

export interface BackupDeps {
  readonly meta: Pick<SqliteMetaStore, 'backup'>;
  readonly config: { readonly root: string };
}

/**
 * Makes the answer with a copy of the database. The copy lies beside the database while it is made, and has no
 * name any more while it is sent. One at a time, so that they share one name: what a crash leaves, the next
 * replaces.
 */
export function createBackupAnswer({ meta, config }: BackupDeps): () => Promise<AdminAnswer> {
  const path = join(config.root, 'backup.db');
  const make = async (): Promise<AdminAnswer> => {
    await meta.backup(path);
    const file = await open(path);
    await rm(path);
    const { size } = await file.stat();
    return { contentType: 'application/vnd.sqlite3', sizeBytes: size, stream: file.createReadStream() };
  };
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const answer = last.then(make);
    last = answer.catch(() => undefined);
    return answer;
  };
}
