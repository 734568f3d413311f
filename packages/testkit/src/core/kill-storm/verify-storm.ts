import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findMounts } from '@sluice/linux';
import type { SnapshotStatus } from '@sluice/snapshotter-core';
import { expect } from 'vitest';
import { collect } from '../collect.ts';
import { LAYER_FILE } from './bind-file-system.ts';
import { openStormStore, type StormStore } from './open-storm-store.ts';
import { OWN_FILE } from './storm-event.ts';
import type { StormChange, StormModel, StormSnapshot } from './storm-model.ts';

export interface StormExpectation {
  readonly model: StormModel;
  /** Changes that may have been made or not. */
  readonly open: readonly StormChange[];
  /** Default: `layers` in the root directory. */
  readonly layersDir?: string;
}

/**
 * Starts again on what a killed process left, and checks all of it. The model then holds what is there.
 *
 * @returns how many snapshots were there, each checked
 */
export async function verifyStorm(
  root: string,
  { model, open, layersDir }: StormExpectation,
): Promise<number> {
  await using store = await openStormStore(root, layersDir);
  await store.snapshotter.restore();
  const rows = await collect(store.snapshotter.describe());
  const there = new Map(rows.map((row) => [row.name, row]));
  for (const change of open) settle(change, there, model);
  dropHelpers(there, model);
  expect([...there.keys()].sort()).toEqual([...model.snapshots.keys()].sort());
  for (const row of rows) if (model.snapshots.has(row.name)) checkRow(row, model.snapshots.get(row.name)!);
  for (const { name, kind } of rows) {
    if (kind !== 'committed') await store.snapshotter.mounts(name);
    await store.snapshotter.usage(name);
  }
  await checkDirectories(root, store, rows);
  await store.snapshotter.cleanup();
  await checkDirectories(root, store, rows);
  expect(store.logs.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  return rows.length;
}

/** All of a change or nothing of it. */
function settle(change: StormChange, there: ReadonlyMap<string, SnapshotStatus>, model: StormModel): void {
  const fits = ([name, state]: [string, StormSnapshot | undefined]) => {
    const row = there.get(name);
    return state ? row !== undefined && sameLabels(row, state) : row === undefined;
  };
  if ([...change].every(fits)) model.apply(change);
}

function sameLabels(row: SnapshotStatus, { labels, kind }: StormSnapshot): boolean {
  return row.kind === kind && JSON.stringify(row.labels) === JSON.stringify(labels);
}

/** The keys under which layers were asked for are nobody's: containerd would remove them. */
function dropHelpers(there: Map<string, SnapshotStatus>, model: StormModel): void {
  for (const [name, row] of there) {
    if (row.kind === 'active' && /\/layer \d+ \d+$/.test(name) && !model.snapshots.has(name)) {
      const { kind, parent, labels } = row;
      model.snapshots.set(name, { kind, parent, labels, remote: false });
    }
  }
}

function checkRow(row: SnapshotStatus, expected: StormSnapshot): void {
  const { name, kind, parent, labels, remote, problem, contentPath } = row;
  const facts = { name, kind, parent, labels, remote, problem, hasUsage: row.usage !== undefined };
  const { own, ...rest } = expected;
  expect(facts).toEqual({ name, ...rest, problem: undefined, hasUsage: kind === 'committed' });
  if (own !== undefined) expect(readFileSync(join(contentPath, OWN_FILE), 'utf8'), name).toBe(own);
  if (remote) expect(readFileSync(join(contentPath, LAYER_FILE), 'utf8')).toBe(name);
}

async function checkDirectories(
  root: string,
  { dirs, meta }: StormStore,
  rows: readonly SnapshotStatus[],
): Promise<void> {
  const { ids, orphans } = await dirs.list();
  expect([...ids].sort()).toEqual([...meta.read((tx) => tx.ids())].sort());
  expect(orphans).toEqual([]);
  const mounted = findMounts({ below: join(root, 'snapshots') }).map(({ mountPoint }) => mountPoint);
  const layers = rows.filter(({ remote }) => remote).map(({ contentPath }) => contentPath);
  expect(mounted.sort()).toEqual(layers.sort());
}
