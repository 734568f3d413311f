import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSqliteMetaStore } from './create-sqlite-meta-store.ts';
import type { SqliteMetaStore } from './sqlite-meta-store.ts';

describe('a backup', () => {
  let dir: string;
  let store: SqliteMetaStore;
  let copy: string;
  const add = (name: string) =>
    store.write((tx) =>
      tx.create({ name, parent: '', kind: 'active', labels: { x: 'x'.repeat(3000) }, createdNs: 1n }),
    );
  const namesIn = (path: string) => {
    using opened = createSqliteMetaStore({ path });
    return opened.read((tx) => tx.page(0, 100_000)).map(({ name }) => name);
  };

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-backup-'));
    copy = join(dir, 'copy.db');
    store = createSqliteMetaStore({ path: join(dir, 'metadata.db') });
  });
  afterEach(() => {
    store[Symbol.dispose]();
    rmSync(dir, { recursive: true });
  });

  test('holds all that was written before, while others go on writing and reading', async () => {
    const before = Array.from({ length: 6000 }, (_, i) => `before ${i}`);
    await Promise.all(before.map(add));
    let during = 0;
    let isDone = false;
    const writers = Array.from({ length: 8 }, async (_, i) => {
      for (let n = 0; !isDone; n++) {
        await add(`during ${i} ${n}`);
        during++;
      }
    });
    await store.backup(copy);
    isDone = true;
    await Promise.all(writers);
    expect(during).toBeGreaterThan(8);
    const names = new Set(namesIn(copy));
    expect(before.filter((name) => !names.has(name))).toEqual([]);
    expect(names.size).toBeLessThanOrEqual(6000 + during);
    expect(store.read((tx) => tx.ids().size)).toBe(6000 + during);
  });

  test('replaces an older one, and leaves nothing else', async () => {
    writeFileSync(copy, 'an older backup');
    await add('a');
    await store.backup(copy);
    expect(readdirSync(dir).sort()).toEqual(['copy.db', 'metadata.db', 'metadata.db-wal']);
    expect(namesIn(copy)).toEqual(['a']);
  });

  test('that is aborted leaves the older one as it was', async () => {
    await Promise.all(Array.from({ length: 500 }, (_, i) => add(`${i}`)));
    await store.backup(copy);
    await add('later');
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(store.backup(copy, controller)).rejects.toThrow('enough');
    expect(existsSync(`${copy}.partial`)).toBe(false);
    expect(namesIn(copy)).toHaveLength(500);
  });

  test('into a directory that does not exist, or of a closed store, is an error that says so', async () => {
    const nowhere = join(dir, 'none', 'copy.db');
    await expect(store.backup(nowhere)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining(nowhere),
    });
    store[Symbol.dispose]();
    await expect(store.backup(copy)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
