import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteMetaStore } from './create-sqlite-meta-store.ts';
import { MIGRATIONS } from './migrations.ts';
import { openDatabase } from './open-database.ts';

describe('openDatabase', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-open-'));
    path = join(dir, 'metadata.db');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const version = (at: string, migrations: readonly string[]) => {
    const database = openDatabase(at, migrations);
    try {
      return database.pragma('user_version', { simple: true });
    } finally {
      database.close();
    }
  };

  test('takes an old database through the steps that it lacks, and keeps its rows', () => {
    const steps = [
      'CREATE TABLE a (x); INSERT INTO a VALUES (1)',
      'ALTER TABLE a ADD COLUMN y',
      'UPDATE a SET y = 2',
    ];
    expect(version(path, steps.slice(0, 1))).toBe(1);
    expect(version(path, steps)).toBe(3);
    expect(version(path, steps)).toBe(3);
    const database = openDatabase(path, steps);
    expect(database.prepare('SELECT x, y FROM a').all()).toEqual([{ x: 1, y: 2 }]);
    database.close();
  });

  test('takes a store of the first version to the current one', async () => {
    const old = openDatabase(path, MIGRATIONS.slice(0, 1));
    old.exec(`INSERT INTO snapshots (name, kind, labels, created_ns, updated_ns, remote, size_bytes, inodes)
      VALUES ('a', 'committed', '{"l":"1"}', 5, 6, 1, 7, 8)`);
    old.close();
    using store = createSqliteMetaStore({ path });
    const expected = {
      id: 1,
      name: 'a',
      parent: '',
      kind: 'committed',
      labels: { l: '1' },
      createdNs: 5n,
      updatedNs: 6n,
      remote: true,
      usage: { sizeBytes: 7, inodes: 8 },
    };
    expect(store.read((tx) => tx.get('a'))).toEqual(expected);
    const updated = await store.write((tx) => tx.update('a', {}, 9n));
    expect(updated).toEqual({ ...expected, labels: {}, layerLabels: { l: '1' }, updatedNs: 9n });
  });

  test('leaves the database at the step before the one that fails', () => {
    const good = 'CREATE TABLE a (x)';
    const bad = 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)';
    expect(() => openDatabase(path, [good, bad])).toThrow(expect.objectContaining({ code: 'IO' }));
    const database = openDatabase(path, [good]);
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['a']);
    database.close();
  });
});
