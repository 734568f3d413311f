import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

  test('leaves the database at the step before the one that fails', () => {
    const good = 'CREATE TABLE a (x)';
    const bad = 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)';
    expect(() => openDatabase(path, [good, bad])).toThrow(expect.objectContaining({ code: 'IO' }));
    const database = openDatabase(path, [good]);
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['a']);
    database.close();
  });
});
