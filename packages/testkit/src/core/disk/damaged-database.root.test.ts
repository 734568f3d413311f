import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectDatabase, rebuildDatabase } from '@sluice/metastore';
import { listLayerDirs } from '@sluice/overlay';
import { diagnoseStore, type SnapshotInfo } from '@sluice/snapshotter-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { openStormStore } from '../kill-storm/open-storm-store.ts';
import { OWN_FILE } from '../kill-storm/storm-event.ts';

let dir: string;
let root: string;
let path: string;
let before: Map<string, SnapshotInfo>;

/** Ten chains of ten layers, with a container on each. */
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-damaged-'));
  root = join(dir, 'root');
  path = join(root, 'metadata.db');
  mkdirSync(root);
  await using store = await openStormStore(root);
  const { snapshotter, dirs, meta } = store;
  const labels = { padding: 'x'.repeat(500) };
  for (let i = 0; i < 100; i++) {
    const parent = i % 10 === 0 ? '' : `layer ${i - 1}`;
    await snapshotter.prepare('key', parent, labels);
    const { id } = meta.read((tx) => tx.get('key'))!;
    writeFileSync(join(dirs.contentPath(id), OWN_FILE), `layer ${i}`);
    await snapshotter.commit(`layer ${i}`, 'key', labels);
    if (i % 10 === 9) await snapshotter.prepare(`container ${i}`, `layer ${i}`, labels);
  }
  before = new Map((await collect(snapshotter.list([]))).map((info) => [info.name, info]));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('can be written anew from what is still to be read and the directories, and no layer is another one then', async () => {
  truncateSync(path, Math.floor(statSync(path).size * 0.7));
  await expect(openStormStore(root)).rejects.toMatchObject({ code: 'CORRUPT' });

  const found = await listLayerDirs(root);
  const { state, records } = inspectDatabase(path, found.ids);
  const diagnosis = diagnoseStore(records, found);
  expect(state).toBe('damaged');
  expect(diagnosis.usable.length).toBeGreaterThan(10);
  expect(diagnosis.usable.length).toBeLessThan(before.size);
  expect(diagnosis.unowned.length).toBeGreaterThan(0);

  const kept = new Set([...diagnosis.usable, ...diagnosis.remade]);
  renameSync(path, join(dir, 'damaged.db'));
  rebuildDatabase(
    path,
    records.filter(({ name }) => kept.has(name)),
  );
  await using store = await openStormStore(root);
  await store.snapshotter.restore();
  const after = await collect(store.snapshotter.describe());
  expect(after.map(({ name }) => name).sort()).toEqual([...kept].sort());
  for (const { name, kind, parent, labels, createdNs, contentPath, problem } of after) {
    expect({ name, kind, parent, labels, createdNs, updatedNs: createdNs }).toEqual(before.get(name));
    expect(problem).toBeUndefined();
    if (kind === 'committed') expect(readFileSync(join(contentPath, OWN_FILE), 'utf8')).toBe(name);
    else await store.snapshotter.mounts(name);
  }
  expect((await store.dirs.list()).ids.size).toBe(kept.size);
});
