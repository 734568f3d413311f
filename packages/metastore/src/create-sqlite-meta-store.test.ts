import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MetaStore } from '@sluice/snapshotter-core';
import { metaStoreSuite } from '@sluice/testkit/core';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteMetaStore } from './create-sqlite-meta-store.ts';

metaStoreSuite('on SQLite', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-metastore-'));
  const path = join(dir, 'metadata.db');
  let store = createSqliteMetaStore({ path });
  return {
    store,
    async reopen() {
      store[Symbol.dispose]();
      store = createSqliteMetaStore({ path });
      return store;
    },
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
      rmSync(dir, { recursive: true });
    },
  };
});

describe('createSqliteMetaStore', () => {
  let dir: string;
  let path: string;
  let stores: MetaStore[];
  const open = (at = path): MetaStore => {
    const store = createSqliteMetaStore({ path: at });
    stores.push(store);
    return store;
  };
  const add = (store: MetaStore, name: string) =>
    store.write((tx) => tx.create({ name, parent: '', kind: 'active', labels: {}, createdNs: 1n }));

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-metastore-'));
    path = join(dir, 'metadata.db');
    stores = [];
  });
  afterEach(() => {
    for (const store of stores) store[Symbol.dispose]();
    rmSync(dir, { recursive: true });
  });

  test('a second one on the same file is refused, and lets the first one go on', async () => {
    const first = open();
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'IN_USE', message: expect.stringContaining(path) }),
    );
    await add(first, 'a');
    expect(first.read((tx) => tx.ids().size)).toBe(1);
  });

  test('it can be opened again at once after it was disposed of', async () => {
    const first = open();
    const written = add(first, 'a');
    first[Symbol.dispose]();
    await written;
    expect(open().read((tx) => tx.get('a')?.name)).toBe('a');
  });

  test('a directory that does not exist is an error that says so', () => {
    const nowhere = join(dir, 'none', 'metadata.db');
    expect(() => open(nowhere)).toThrow(
      expect.objectContaining({ code: 'IO', message: expect.stringContaining(nowhere) }),
    );
  });

  test('a file that is no database is refused and left as it is', () => {
    writeFileSync(path, 'this is no database'.repeat(1000));
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining(path) }),
    );
    expect(readFileSync(path, 'utf8')).toBe('this is no database'.repeat(1000));
  });

  test('a database of another program is refused and left as it is', () => {
    const other = new Database(path);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining('another program') }),
    );
    const again = new Database(path);
    expect(again.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['recipes']);
    again.close();
  });

  test('a newer schema is refused with both versions', () => {
    open()[Symbol.dispose]();
    const newer = new Database(path);
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'NEWER', message: expect.stringMatching(/99.*2/) }),
    );
  });

  test.each([
    ['cut short', (at: string) => truncateSync(at, Math.floor(statSync(at).size / 2))],
    [
      'overwritten in the middle',
      (at: string) => {
        const bytes = readFileSync(at);
        bytes.fill(0xa5, 8192, bytes.length - 4096);
        writeFileSync(at, bytes);
      },
    ],
  ])('a database that was %s is recognized as damaged', async (_how, damage) => {
    const store = open();
    await Promise.all(Array.from({ length: 500 }, (_, i) => add(store, `snapshot ${i}`)));
    store[Symbol.dispose]();
    damage(path);
    expect(() => open()).toThrow(
      expect.objectContaining({ code: 'CORRUPT', message: expect.stringContaining(path) }),
    );
  });

  test('a function that throws keeps its own error, also one of SQLite', async () => {
    const store = open();
    await add(store, 'a');
    const nested = store.write((tx) => {
      tx.remove('a');
      // The second one cannot begin within the first.
      void store.write(() => undefined).catch(() => undefined);
      throw new RangeError('mine');
    });
    await expect(nested).rejects.toThrow(new RangeError('mine'));
    expect(store.read((tx) => tx.get('a')?.name)).toBe('a');
  });

  test('a snapshot with children cannot be removed even where the caller forgets to look', async () => {
    const store = open();
    await add(store, 'base');
    await store.write((tx) =>
      tx.create({ name: 'top', parent: 'base', kind: 'active', labels: {}, createdNs: 1n }),
    );
    await expect(store.write((tx) => tx.remove('base'))).rejects.toThrow('FOREIGN KEY');
    expect(store.read((tx) => tx.ids().size)).toBe(2);
  });

  test('the log beside the database is gone after it was disposed of', async () => {
    const store = open();
    await add(store, 'a');
    expect(existsSync(`${path}-wal`)).toBe(true);
    store[Symbol.dispose]();
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  test('what was acknowledged survives kill -9 at any moment', async () => {
    for (const delayMs of [5, 20, 60]) {
      const child = spawn(process.execPath, ['--conditions=source', WRITER, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const acknowledged = await readUntilKilled(child, delayMs);
      const store = open();
      const names = new Set(store.read((tx) => tx.page(0, 1_000_000)).map(({ name }) => name));
      store[Symbol.dispose]();
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
    }
  });
});

const WRITER = fileURLToPath(new URL('../test/write-until-killed.ts', import.meta.url));

/** Kills the child a while after its first line. */
async function readUntilKilled(child: ChildProcess, delayMs: number): Promise<string[]> {
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout! });
  reader.on('line', (line) => {
    if (lines.push(line) === 1) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  return lines;
}
