import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, mountAt, unmount } from '@sluice/linux';
import type { LayerDirs, SnapshotKind } from '@sluice/snapshotter-core';
import { newDir } from '@sluice/testkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mountAsContainerd } from '../test/mount-as-containerd.ts';
import { createOverlayDirs } from './create-overlay-dirs.ts';

let root = '';
let target = '';
let dirs: LayerDirs;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'sluice-mounts-'));
  target = join(root, 'target');
  mkdirSync(target);
  dirs = await createOverlayDirs({ root });
});
afterEach(() => {
  for (const { mountPoint } of findMounts({ below: root }).reverse()) unmount(mountPoint, { detach: true });
  rmSync(root, { recursive: true });
});

interface Snapshot {
  readonly id: number;
  readonly kind: SnapshotKind;
  readonly parentIds: readonly number[];
}

async function make({ id, kind, parentIds }: Snapshot): Promise<void> {
  await dirs.publish(await dirs.stage(newDir(kind, parentIds[0])), id);
}

/** Mounts a snapshot, does something in it and unmounts it. */
function within<T>(snapshot: Snapshot, labels: Record<string, string>, act: (at: string) => T): T {
  mountAsContainerd(dirs.mountsOf({ ...snapshot, labels }), target);
  try {
    return act(target);
  } finally {
    unmount(target);
  }
}

/** Layers 1 to `count`, each with a file of its own and its number in `last`. */
async function makeChain(count: number): Promise<number[]> {
  const parentIds: number[] = [];
  for (let id = 1; id <= count; id += 1) {
    await make({ id, kind: 'active', parentIds });
    writeFileSync(join(dirs.contentPath(id), `file-${id}`), `${id}`);
    writeFileSync(join(dirs.contentPath(id), 'last'), `${id}`);
    parentIds.unshift(id);
  }
  return parentIds;
}

describe('mounts as containerd performs them', () => {
  it('write into an active snapshot without parents', async () => {
    const snapshot: Snapshot = { id: 1, kind: 'active', parentIds: [] };
    await make(snapshot);
    within(snapshot, {}, (at) => writeFileSync(join(at, 'file'), 'x'));
    expect(readdirSync(dirs.contentPath(1))).toEqual(['file']);
  });

  it('show a view without parents read-only', async () => {
    const snapshot: Snapshot = { id: 1, kind: 'view', parentIds: [] };
    await make(snapshot);
    within(snapshot, {}, (at) => expect(() => writeFileSync(join(at, 'file'), 'x')).toThrow(/EROFS/));
  });

  it('keep changes above the parents: new files, changed files, whiteouts', async () => {
    const parentIds = await makeChain(2);
    const snapshot: Snapshot = { id: 3, kind: 'active', parentIds };
    await make(snapshot);
    within(snapshot, {}, (at) => {
      writeFileSync(join(at, 'new'), '');
      writeFileSync(join(at, 'last'), 'changed');
      unlinkSync(join(at, 'file-1'));
      expect(readdirSync(at).sort()).toEqual(['file-2', 'last', 'new']);
    });
    expect(readdirSync(dirs.contentPath(3)).sort()).toEqual(['file-1', 'last', 'new']);
    const whiteout = statSync(join(dirs.contentPath(3), 'file-1'));
    expect([whiteout.isCharacterDevice(), whiteout.rdev]).toEqual([true, 0]);
    expect(readFileSync(join(dirs.contentPath(2), 'last'), 'utf8')).toBe('2');
  });

  it.each([1, 2, 3])('show a view of %d layers read-only, the uppermost first', async (count) => {
    const parentIds = await makeChain(count);
    within({ id: 9, kind: 'view', parentIds }, {}, (at) => {
      expect(readFileSync(join(at, 'last'), 'utf8')).toBe(`${count}`);
      expect(readdirSync(at)).toHaveLength(count + 1);
      expect(() => writeFileSync(join(at, 'file'), 'x')).toThrow(/EROFS/);
    });
  });

  it('stack 128 layers, whose full paths do not fit into the options of mount(2)', async () => {
    const parentIds = await makeChain(128);
    const snapshot: Snapshot = { id: 200, kind: 'active', parentIds };
    await make(snapshot);
    expect(dirs.mountsOf({ ...snapshot, labels: {} })[0]?.options.join(',').length).toBeGreaterThan(4096);
    within(snapshot, {}, (at) => {
      expect(readFileSync(join(at, 'last'), 'utf8')).toBe('128');
      expect(readdirSync(at)).toHaveLength(129);
      writeFileSync(join(at, 'new'), '');
    });
    expect(readdirSync(dirs.contentPath(200))).toEqual(['new']);
  });

  it('stack 128 layers below the longest root there may be, with ids of seven digits', async () => {
    const steps = Array.from({ length: 7 }, () => 'd'.repeat(120));
    const deep = join(root, ...steps, 'e'.repeat(1024 - root.length - 7 * 121 - 1));
    expect(deep).toHaveLength(1024);
    dirs = await createOverlayDirs({ root: deep });
    const parentIds = Array.from({ length: 128 }, (_, i) => 9_000_000 + i);
    for (const id of parentIds) await dirs.publish(await dirs.stage(newDir('active')), id);
    writeFileSync(join(dirs.contentPath(9_000_127), 'base'), '');
    const snapshot: Snapshot = { id: 9_999_999, kind: 'active', parentIds };
    await make(snapshot);
    within(snapshot, {}, (at) => expect(readdirSync(at)).toEqual(['base']));
  });

  it('use the options that were probed, and volatile where the label asks for it', async () => {
    const parentIds = await makeChain(1);
    const snapshot: Snapshot = { id: 2, kind: 'active', parentIds };
    await make(snapshot);
    const optionsOf = () => mountAt(target)?.superOptions.join() ?? '';
    expect(dirs.mountsOf({ ...snapshot, labels: {} })[0]?.options).toContain('index=off');
    within(snapshot, {}, () => expect(optionsOf()).not.toMatch(/\bvolatile\b/));
    within(snapshot, { 'containerd.io/snapshot/overlay.volatile': '' }, () =>
      expect(optionsOf()).toMatch(/\bvolatile\b/),
    );
  });

  it('let one upper directory be mounted again and again', async () => {
    const parentIds = await makeChain(2);
    const snapshot: Snapshot = { id: 3, kind: 'active', parentIds };
    await make(snapshot);
    within(snapshot, {}, (at) => writeFileSync(join(at, 'file'), ''));
    within(snapshot, {}, (at) => expect(existsSync(join(at, 'file'))).toBe(true));
  });
});
