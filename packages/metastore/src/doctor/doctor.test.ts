import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SnapshotRecord } from '@sluice/snapshotter-core';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteMetaStore } from '../create-sqlite-meta-store.ts';
import { inspectDatabase } from './inspect-database.ts';
import { rebuildDatabase } from './rebuild-database.ts';

let dir: string;
let path: string;
const all = (at = path): readonly SnapshotRecord[] => {
  using store = createSqliteMetaStore({ path: at });
  return store.read((tx) => tx.page(0, 100_000));
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
  path = join(dir, 'metadata.db');
  using store = createSqliteMetaStore({ path });
  await store.write((tx) => {
    const usage = { sizeBytes: 1, inodes: 2 };
    for (let i = 0; i < 600; i++) {
      const labels = { 'containerd.io/snapshot.ref': `sha256:${i}`, padding: 'x'.repeat(300) };
      const parent = i % 10 === 0 ? '' : `s${i - 1}`;
      tx.create({ name: `k${i}`, parent, kind: 'active', labels, createdNs: 1n });
      const committed = { name: `s${i}`, parent, labels, usage, remote: i % 2 === 0, committedNs: 2n };
      if (i % 10 < 9) tx.commit(`k${i}`, committed);
    }
  });
  await store.write((tx) => tx.update('s0', { other: '1' }, 3n));
});
afterEach(() => rmSync(dir, { recursive: true }));

const damage = (from: number, to: number) => {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, to);
  writeFileSync(path, bytes);
};

describe('inspectDatabase', () => {
  test('reads all of a database that is whole, and leaves nothing behind', () => {
    const expected = all();
    expect(inspectDatabase(path)).toEqual({ state: 'ok', records: expected });
    expect(readdirSync(dir)).toEqual(['metadata.db']);
  });

  test('reads what a crash left in the log', async () => {
    using store = createSqliteMetaStore({ path });
    await store.write((tx) => tx.remove('k9'));
    const crashed = mkdtempSync(join(dir, 'crashed-'));
    for (const suffix of ['', '-wal']) {
      writeFileSync(join(crashed, `metadata.db${suffix}`), readFileSync(`${path}${suffix}`));
    }
    const { state, records } = inspectDatabase(join(crashed, 'metadata.db'));
    expect([state, records.length, records.some(({ name }) => name === 'k9')]).toEqual(['ok', 599, false]);
    expect(readdirSync(crashed).sort()).toEqual(['metadata.db', 'metadata.db-wal']);
  });

  test('says that there is none, that it is in use, or newer', () => {
    expect(inspectDatabase(join(dir, 'none'))).toMatchObject({ state: 'missing', records: [] });
    const store = createSqliteMetaStore({ path });
    expect(inspectDatabase(path)).toMatchObject({
      state: 'in-use',
      problem: expect.stringContaining('stop it'),
    });
    store[Symbol.dispose]();
    const newer = new Database(path);
    newer.pragma('user_version = 99');
    newer.close();
    expect(inspectDatabase(path)).toMatchObject({ state: 'newer', problem: expect.stringContaining(path) });
  });

  test('saves what can be read of one that is damaged in the middle, and changes nothing', () => {
    const expected = new Map(all().map((record) => [record.name, record]));
    damage(statSync(path).size / 2, statSync(path).size / 2 + 8192);
    const before = readFileSync(path);
    const { state, problem, records } = inspectDatabase(path);
    expect([state, problem]).toEqual(['damaged', expect.stringContaining(path)]);
    expect(records.length).toBeGreaterThan(300);
    for (const record of records) {
      const { parent, ...rest } = expected.get(record.name)!;
      expect(record).toMatchObject(rest);
      expect([parent, expect.stringMatching(/^lost snapshot \d+$/)]).toContainEqual(record.parent);
    }
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(dir)).toEqual(['metadata.db']);
  });

  test('saves what the directories say was there, though the table cannot be walked', () => {
    truncateSync(path, Math.floor(statSync(path).size * 0.75));
    const { state, records } = inspectDatabase(path, [1, 2, 3, 4]);
    expect(state).toBe('damaged');
    expect(records.map(({ id }) => id)).toEqual(expect.arrayContaining([1, 2, 3, 4]));
  });

  test('saves only what can be written again, wherever the file was cut', async () => {
    const small = join(dir, 'small.db');
    {
      using store = createSqliteMetaStore({ path: small });
      for (let i = 0; i < 60; i++) {
        const labels = { padding: 'x'.repeat(1000) };
        const made = { name: `s${i}`, parent: i % 5 === 0 ? '' : `s${i - 1}`, kind: 'view', labels } as const;
        await store.write((tx) => tx.create({ ...made, createdNs: 1n }));
      }
    }
    const whole = readFileSync(small);
    let saved = 0;
    for (let part = 1; part < 20; part++) {
      writeFileSync(small, whole.subarray(0, Math.floor((whole.length * part) / 20)));
      const { records } = inspectDatabase(small);
      // Parents are older than their children here.
      const kept = new Set<string>();
      for (const { name, parent } of records) if (parent === '' || kept.has(parent)) kept.add(name);
      const isKept = ({ name }: SnapshotRecord) => kept.has(name);
      const rebuilt = join(dir, `rebuilt-${part}.db`);
      rebuildDatabase(rebuilt, records.filter(isKept));
      expect(all(rebuilt)).toEqual(records.filter(isKept));
      expect(records.every(({ name }) => /^s\d+$/.test(name))).toBe(true);
      saved += kept.size;
    }
    expect(saved).toBeGreaterThan(60);
  });

  test('has nothing to save of what never was a database', () => {
    writeFileSync(path, 'no database'.repeat(1000));
    expect(inspectDatabase(path, [1])).toMatchObject({ state: 'damaged', records: [] });
  });
});

describe('rebuildDatabase', () => {
  test('writes a database with the same records, whose ids are not used again', async () => {
    const records = all();
    const rebuilt = join(dir, 'rebuilt.db');
    rebuildDatabase(rebuilt, records);
    expect(all(rebuilt)).toEqual(records);
    using store = createSqliteMetaStore({ path: rebuilt });
    const made = await store.write((tx) =>
      tx.create({ name: 'new', parent: 's598', kind: 'view', labels: {}, createdNs: 1n }),
    );
    expect(made.id).toBe(601);
    expect(store.read((tx) => tx.withTarget('sha256:1', 's0')).map(({ name }) => name)).toEqual(['s1']);
  });

  test('takes children that are older than their parents', () => {
    const [base, top] = all();
    const rebuilt = join(dir, 'rebuilt.db');
    rebuildDatabase(rebuilt, [
      { ...top!, id: 1 },
      { ...base!, id: 2 },
    ]);
    expect(all(rebuilt).map(({ name, parent }) => [name, parent])).toEqual([
      ['s1', 's0'],
      ['s0', ''],
    ]);
  });

  test('refuses to overwrite, and records without their parents', () => {
    const records = all();
    expect(() => rebuildDatabase(path, records)).toThrow(/exists already/);
    expect(() => rebuildDatabase(join(dir, 'new.db'), records.slice(1))).toThrow(/parent s0 of snapshot s1/);
    expect(readdirSync(dir)).toEqual(['metadata.db']);
  });
});
