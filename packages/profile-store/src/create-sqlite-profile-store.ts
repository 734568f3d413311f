import { type Profile, type ProfileStore, type ProfileSummary, summarizeProfile } from '@sluice/remote-fs';
import type { Logger } from '@sluice/snapshotter-core';
import type { Database } from 'better-sqlite3';
import { openProfileDatabase } from './open-profile-database.ts';
import { packBody, unpackBody } from './profile-body.ts';

export interface SqliteProfileStoreOptions {
  /** The database's file; made if it does not exist, in a directory that does. `-wal` is put beside it. */
  readonly path: string;
  /** Profiles to keep at most. Default 1000. */
  readonly maxProfiles?: number;
  /** Bytes that their ranges may take in the database, compressed. Default 32 MiB. */
  readonly maxBytes?: number;
}

/** Closes the file when it is disposed; nothing may be asked of it then. */
export interface SqliteProfileStore extends ProfileStore, Disposable {}

interface Row extends ProfileSummary {
  readonly body: Uint8Array;
}

/**
 * Keeps profiles in an SQLite database of their own, which is this process's alone until the store is disposed. After
 * a crash of the machine the last ones may be missing; none is half there.
 *
 * @throws SqliteError where the file can be neither opened nor made; a damaged one is replaced, with a warning
 */
export function createSqliteProfileStore(
  { logger }: { readonly logger: Logger },
  { path, maxProfiles = 1000, maxBytes = 32 << 20 }: SqliteProfileStoreOptions,
): SqliteProfileStore {
  const database = openProfileDatabase(path, logger);
  const run = prepare(database);

  const makeRoom = (image: string) => {
    for (;;) {
      const { count, bytes } = run.total.get() as { count: number; bytes: number };
      if (count <= maxProfiles && bytes <= maxBytes) return;
      const oldest = run.oldest.get(image) as { image: string } | undefined;
      if (!oldest) return;
      run.remove.run(oldest.image);
      logger.debug({ image: oldest.image }, 'a profile was forgotten to make room');
    }
  };

  const save = database.transaction((profile: Profile) => {
    const { image, reference, recordedAt, layers, ranges, sizeBytes } = summarizeProfile(profile);
    run.save.run(image, reference, recordedAt, layers, ranges, sizeBytes, packBody(profile));
    makeRoom(image);
  });

  return {
    async load(image) {
      const row = run.load.get(image) as Row | undefined;
      if (!row) return undefined;
      try {
        const profile = unpackBody(row.body, row);
        run.use.run(image);
        return profile;
      } catch (err) {
        logger.warn({ err, image }, 'a profile cannot be read: it is removed and learned anew');
        run.remove.run(image);
        return undefined;
      }
    },
    save: async (profile) => save(profile),
    remove: async (image) => run.remove.run(image).changes > 0,
    list: async () => run.list.all() as ProfileSummary[],
    [Symbol.dispose]: () => void database.close(),
  };
}

function prepare(database: Database) {
  const next = '(SELECT coalesce(max(used), 0) + 1 FROM profiles)';
  const summary = 'image, reference, recorded_at AS recordedAt, layers, ranges, size_bytes AS sizeBytes';
  return {
    load: database.prepare(`SELECT ${summary}, body FROM profiles WHERE image = ?`),
    use: database.prepare(`UPDATE profiles SET used = ${next} WHERE image = ?`),
    save: database.prepare(
      `INSERT OR REPLACE INTO profiles (image, reference, recorded_at, layers, ranges, size_bytes, body, used)
       VALUES (?, ?, ?, ?, ?, ?, ?, ${next})`,
    ),
    remove: database.prepare('DELETE FROM profiles WHERE image = ?'),
    list: database.prepare(`SELECT ${summary} FROM profiles ORDER BY reference, recorded_at, image`),
    total: database.prepare(
      'SELECT count(*) AS count, coalesce(sum(length(body)), 0) AS bytes FROM profiles',
    ),
    oldest: database.prepare('SELECT image FROM profiles WHERE image <> ? ORDER BY used LIMIT 1'),
  };
}
