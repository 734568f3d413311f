import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { profileOf, profileStoreSuite } from '@sluice/testkit/remote-fs';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqliteProfileStore } from './create-sqlite-profile-store.ts';

let directory: string;
let path: string;
const logger = createLogRecorder();
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-profiles-'));
  path = join(directory, 'profiles.db');
  logger.lines.length = 0;
});
afterEach(() => rmSync(directory, { recursive: true }));

profileStoreSuite('SQLite', () => {
  const store = createSqliteProfileStore({ logger }, { path, maxProfiles: 3 });
  return { store, maxProfiles: 3, [Symbol.dispose]: () => store[Symbol.dispose]() };
});

describe('profiles in SQLite', () => {
  it('are there after the next start', async () => {
    const profile = profileOf('1');
    {
      using store = createSqliteProfileStore({ logger }, { path });
      await store.save(profile);
    }
    using store = createSqliteProfileStore({ logger }, { path });
    expect(await store.load(profile.image)).toEqual(profile);
  });

  it('take few bytes a range', async () => {
    const ranges = Array.from(
      { length: 10_000 },
      (_, at) => [at * 70_001 + ((at * 7919) % 40_009), 1 + ((at * 104_729) % 29_989)] as const,
    );
    const profile = { ...profileOf('1'), layers: { [`sha256:${'2'.repeat(64)}`]: ranges } };
    {
      using store = createSqliteProfileStore({ logger }, { path });
      await store.save(profile);
      expect(await store.load(profile.image)).toEqual(profile);
    }
    expect(statSync(path).size).toBeLessThan(13 * ranges.length);
  });

  it('are forgotten when they take too many bytes, the one that is saved last', async () => {
    using store = createSqliteProfileStore({ logger }, { path, maxBytes: 1 });
    for (const digit of ['1', '2']) await store.save(profileOf(digit));
    expect((await store.list()).map(({ image }) => image)).toEqual([profileOf('2').image]);
  });

  it.each([
    ['a damaged file', () => writeFileSync(path, 'x'.repeat(8192))],
    ['the database of another program', () => makeDatabase('CREATE TABLE t (x)')],
    [
      'a newer one',
      () => makeDatabase('CREATE TABLE t (x); PRAGMA application_id = 1399612272; PRAGMA user_version = 2'),
    ],
  ])('begin anew with %s, and say so', async (_name, spoil) => {
    spoil();
    using store = createSqliteProfileStore({ logger }, { path });
    expect(logger.lines).toMatchObject([{ level: 'warn' }]);
    await store.save(profileOf('1'));
    expect(await store.list()).toHaveLength(1);
  });

  it('lose one that is damaged, and keep the others', async () => {
    {
      using store = createSqliteProfileStore({ logger }, { path });
      for (const digit of ['1', '2', '3']) await store.save(profileOf(digit));
    }
    const database = new Database(path);
    const spoil = database.prepare('UPDATE profiles SET body = ? WHERE image = ?');
    spoil.run(Buffer.from('no deflate'), profileOf('1').image);
    // Deflate, but no profile.
    spoil.run(Buffer.from('ab020000', 'hex'), profileOf('2').image);
    database.close();
    using store = createSqliteProfileStore({ logger }, { path });
    for (const digit of ['1', '2']) expect(await store.load(profileOf(digit).image)).toBeUndefined();
    expect(await store.load(profileOf('3').image)).toEqual(profileOf('3'));
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
    expect(await store.list()).toHaveLength(1);
  });
});

function makeDatabase(sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}
