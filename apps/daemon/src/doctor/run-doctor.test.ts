import {
  existsSync,
  mkdirSync,
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
import { createSqliteMetaStore } from '@sluice/metastore';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockRoot } from '../root-lock.ts';
import { runDoctor } from './run-doctor.ts';
import type { StoreReport } from './store-report.ts';

let directory: string;
let root: string;
let path: string;

/** Thirty chains of ten layers: more than a page or two. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
  root = join(directory, 'root');
  path = join(root, 'metadata.db');
  mkdirSync(root);
  using store = createSqliteMetaStore({ path });
  await store.write((tx) => {
    for (let i = 0; i < 300; i++) {
      const parent = i % 10 === 0 ? '' : `layer ${i - 1}`;
      const labels = { padding: 'x'.repeat(300) };
      const { id } = tx.create({ name: 'key', parent, kind: 'active', labels, createdNs: 1n });
      const usage = { sizeBytes: 1, inodes: 2 };
      tx.commit('key', { name: `layer ${i}`, parent, labels, usage, remote: false, committedNs: 2n });
      mkdirSync(join(root, 'snapshots', String(id), 'fs'), { recursive: true });
    }
  });
});
afterEach(() => rmSync(directory, { recursive: true }));

async function doctor(...args: string[]): Promise<{ status: number; text: string }> {
  const printed: string[] = [];
  const out = async (text: string) => void printed.push(text);
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  return { status: await runDoctor(['--root', root, ...args], { out, now }), text: printed.join('\n') };
}

async function report(...args: string[]): Promise<StoreReport> {
  return JSON.parse((await doctor('--json', ...args)).text) as StoreReport;
}

const damage = () => truncateSync(path, Math.floor(statSync(path).size * 0.7));

describe('sluiced doctor', () => {
  it('finds nothing wrong with a store that is whole, and changes nothing', async () => {
    expect(await doctor()).toEqual({ status: 0, text: expect.stringContaining('300 can be used, 0 cannot') });
    expect(await report()).toMatchObject({ healthy: true, database: { state: 'ok' }, lost: [], unowned: [] });
    expect((await report('--repair')).repaired).toBeUndefined();
    expect(readdirSync(root).sort()).toEqual(['lock', 'metadata.db', 'snapshots']);
  });

  it('names what is lost of a damaged database, and changes nothing', async () => {
    damage();
    const before = readFileSync(path);
    const { healthy, database, usable, lost, unowned } = await report();
    expect({ healthy, database }).toMatchObject({ healthy: false, database: { path, state: 'damaged' } });
    expect(usable.length).toBeGreaterThan(50);
    expect(usable.length + lost.length + unowned.length).toBe(300);
    expect(unowned.length).toBeGreaterThan(0);
    expect((await doctor()).status).toBe(1);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(root).sort()).toEqual(['lock', 'metadata.db', 'snapshots']);
  });

  it('writes a new database with what can be used, and keeps the damaged one', async () => {
    damage();
    const before = readFileSync(path);
    const { usable, healthy, repaired } = await report('--repair');
    const damaged = `${path}.damaged-20260102T030405`;
    expect({ healthy, repaired }).toEqual({ healthy: true, repaired: { kept: usable.length, damaged } });
    expect(readFileSync(damaged).equals(before)).toBe(true);
    expect(await report()).toMatchObject({ healthy: true, database: { state: 'ok' }, usable, lost: [] });
    using store = createSqliteMetaStore({ path });
    expect(store.read((tx) => tx.page(0, 1000)).map(({ name }) => name)).toEqual(usable);
  });

  it('keeps every damaged database, however many in a second, with its log', async () => {
    for (let i = 0; i < 2; i++) {
      damage();
      writeFileSync(`${path}-wal`, `log ${i}`);
      expect((await doctor('--repair')).status).toBe(0);
      expect(existsSync(`${path}-wal`)).toBe(false);
    }
    const damaged = readdirSync(root).filter((name) => name.startsWith('metadata.db.'));
    const [first, second] = ['metadata.db.damaged-20260102T030405', 'metadata.db.damaged-20260102T030405-1'];
    expect(damaged.sort()).toEqual([first, `${first}-1`, `${first}-1-wal`, `${first}-wal`].sort());
    expect(readFileSync(join(root, `${second}-wal`), 'utf8')).toBe('log 1');
  });

  it.each([
    { what: 'empty', spoil: () => truncateSync(path, 0), state: 'damaged' },
    { what: 'no database', spoil: () => writeFileSync(path, 'noise'.repeat(5000)), state: 'damaged' },
    { what: 'missing', spoil: () => rmSync(path), state: 'missing' },
  ])(
    'repairs nothing where the database is $what, as the next start would remove all',
    async ({ spoil, state }) => {
      spoil();
      const { healthy, database, unowned, repaired } = await report('--repair');
      expect({ healthy, repaired, state: database.state }).toEqual({
        healthy: false,
        repaired: undefined,
        state,
      });
      expect(unowned).toHaveLength(300);
      expect((await doctor('--repair')).text).toContain('nothing can be saved');
      expect(readdirSync(join(root, 'snapshots'))).toHaveLength(300);
    },
  );

  it('says which snapshots have lost their directories, and leaves them to containerd', async () => {
    rmSync(join(root, 'snapshots', '9'), { recursive: true });
    const { healthy, lost, repaired } = await report('--repair');
    expect({ healthy, repaired }).toEqual({ healthy: false, repaired: undefined });
    expect(lost).toEqual([
      { name: 'layer 8', why: 'content', because: 'layer 8' },
      { name: 'layer 9', why: 'below', because: 'layer 8' },
    ]);
  });

  it('finds nothing wrong with a root that no daemon has used yet', async () => {
    rmSync(root, { recursive: true });
    mkdirSync(root);
    expect(await doctor('--repair')).toMatchObject({
      status: 0,
      text: expect.stringContaining('there is no'),
    });
  });

  it('refuses while a daemon works there', async () => {
    using _lock = lockRoot(root);
    await expect(doctor('--repair')).rejects.toMatchObject({ code: 'IN_USE' });
  });

  it('says where it looked if there is nothing, and makes nothing', async () => {
    rmSync(root, { recursive: true });
    await expect(doctor()).rejects.toMatchObject({
      code: 'ENVIRONMENT',
      message: expect.stringContaining(root),
    });
    expect(existsSync(root)).toBe(false);
  });

  it("looks where the daemon's configuration says", async () => {
    const file = join(directory, 'sluice.toml');
    writeFileSync(file, `root = "${root}"\n`);
    const printed: string[] = [];
    const deps = { out: async (text: string) => void printed.push(text), now: () => new Date() };
    expect(await runDoctor(['--config', file], deps)).toBe(0);
    expect(printed.join()).toContain('300 can be used');
  });
});
