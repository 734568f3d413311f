import type { LayerDirs, Mount, SnapshotDirs, SnapshotKind } from '@sluice/snapshotter-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newDir } from './new-dir.ts';

/** What the suite needs to look at an implementation from outside. */
export interface LayerDirsFixture extends AsyncDisposable {
  /** On a store that holds nothing. */
  readonly dirs: LayerDirs;
  /** Makes a file in a snapshot's content, using at least `sizeBytes` of disk. */
  addFile(id: number, name: string, sizeBytes: number): Promise<void>;
  /** A second instance on the same store, as one that starts after the first was killed. */
  reopen(): Promise<LayerDirs>;
}

const FILE_BYTES = 64 * 1024;

/**
 * What every `LayerDirs` must do. Runs as vitest tests; each takes a fixture of its own and disposes of it.
 */
export function layerDirsSuite(name: string, createFixture: () => Promise<LayerDirsFixture>): void {
  describe(`LayerDirs: ${name}`, () => {
    let fixture: LayerDirsFixture;
    let dirs: LayerDirs;
    const make = async (id: number, kind: SnapshotKind = 'active', parentId?: number) =>
      dirs.publish(await dirs.stage(newDir(kind, parentId)), id);

    beforeEach(async () => {
      fixture = await createFixture();
      dirs = fixture.dirs;
    });
    afterEach(() => fixture[Symbol.asyncDispose]());

    describe('stage, publish and discard', () => {
      it('begin with nothing', async () => {
        expect(await dirs.list()).toEqual({ ids: new Set(), orphans: [] });
      });

      it('make a directory under an id', async () => {
        await make(7);
        expect(await dirs.list()).toEqual({ ids: new Set([7]), orphans: [] });
      });

      it('make directories of every kind, with and without a parent', async () => {
        await make(1, 'active');
        await make(2, 'committed', 1);
        await make(3, 'view', 2);
        expect((await dirs.list()).ids).toEqual(new Set([1, 2, 3]));
      });

      it('give every staged directory a name of its own', async () => {
        const staged = await Promise.all(Array.from({ length: 20 }, () => dirs.stage(newDir('active'))));
        expect(new Set(staged.map((dir) => dir.name)).size).toBe(20);
      });

      it('keep a directory that is staged out of the list while it is owned', async () => {
        const staged = await dirs.stage(newDir('active'));
        expect(await dirs.list()).toEqual({ ids: new Set(), orphans: [] });
        await dirs.discard(staged);
        expect(await dirs.list()).toEqual({ ids: new Set(), orphans: [] });
      });

      it('discard a directory twice without complaint', async () => {
        const staged = await dirs.stage(newDir('active'));
        await dirs.discard(staged);
        await dirs.discard(staged);
      });

      it('refuse an id that has content, and leave both directories alone', async () => {
        await make(1);
        await fixture.addFile(1, 'file', FILE_BYTES);
        const staged = await dirs.stage(newDir('active'));
        await expect(dirs.publish(staged, 1)).rejects.toThrow();
        expect((await dirs.usage(1)).sizeBytes).toBeGreaterThanOrEqual(FILE_BYTES);
        await dirs.publish(staged, 2);
        expect((await dirs.list()).ids).toEqual(new Set([1, 2]));
      });

      it('refuse to publish what was discarded', async () => {
        const staged = await dirs.stage(newDir('active'));
        await dirs.discard(staged);
        await expect(dirs.publish(staged, 1)).rejects.toThrow();
        expect((await dirs.list()).ids).toEqual(new Set());
      });

      it('refuse a parent that has no directory', async () => {
        await expect(dirs.stage(newDir('active', 99))).rejects.toThrow();
        expect((await (await fixture.reopen()).list()).orphans).toEqual([]);
      });
    });

    describe('flush', () => {
      it('may be called again and again, and changes nothing', async () => {
        await make(1);
        await fixture.addFile(1, 'file', FILE_BYTES);
        const before = await dirs.usage(1);
        await Promise.all([dirs.flush(1), dirs.flush(1)]);
        expect(await dirs.usage(1)).toEqual(before);
      });

      it('refuses what has no directory', async () => {
        await expect(dirs.flush(5)).rejects.toThrow();
      });
    });

    describe('ensure', () => {
      it('makes a missing directory, empty', async () => {
        await dirs.ensure(4, newDir('active'));
        expect((await dirs.list()).ids).toEqual(new Set([4]));
        expect((await dirs.usage(4)).inodes).toBeLessThanOrEqual(1);
      });

      it('leaves an existing one as it is', async () => {
        await make(4);
        await fixture.addFile(4, 'file', FILE_BYTES);
        const before = await dirs.usage(4);
        await dirs.ensure(4, newDir('active'));
        expect(await dirs.usage(4)).toEqual(before);
      });
    });

    describe('usage', () => {
      it('grows by what is written, in bytes and inodes', async () => {
        await make(1);
        const before = await dirs.usage(1);
        await fixture.addFile(1, 'file', FILE_BYTES);
        const after = await dirs.usage(1);
        expect(after.inodes - before.inodes).toBe(1);
        expect(after.sizeBytes - before.sizeBytes).toBeGreaterThanOrEqual(FILE_BYTES);
      });

      it('leaves parents out', async () => {
        await make(1);
        await make(2, 'active', 1);
        const before = await dirs.usage(2);
        await fixture.addFile(1, 'file', FILE_BYTES);
        expect(await dirs.usage(2)).toEqual(before);
      });
    });

    describe('remove', () => {
      it('takes a directory and its content away', async () => {
        await make(1);
        await make(2);
        await fixture.addFile(1, 'file', FILE_BYTES);
        await dirs.remove(1);
        expect(await dirs.list()).toEqual({ ids: new Set([2]), orphans: [] });
        await dirs.ensure(1, newDir('active'));
        expect((await dirs.usage(1)).inodes).toBeLessThanOrEqual(1);
      });

      it('does not mind a missing directory', async () => {
        await dirs.remove(5);
        await make(5);
        await dirs.remove(5);
        await dirs.remove(5);
      });

      it('may be asked for twice at once', async () => {
        await make(1);
        await Promise.all(Array.from({ length: 20 }, (_, i) => fixture.addFile(1, `file-${i}`, 1)));
        await Promise.all([dirs.remove(1), dirs.remove(1)]);
        expect(await dirs.list()).toEqual({ ids: new Set(), orphans: [] });
      });
    });

    describe('a second instance on the same store', () => {
      it('finds what was published, and what was staged as orphans', async () => {
        await make(1);
        await dirs.stage(newDir('active'));
        const { ids, orphans } = await (await fixture.reopen()).list();
        expect([ids, orphans.length]).toEqual([new Set([1]), 1]);
      });

      it('removes orphans and nothing else', async () => {
        await make(1);
        await Promise.all([dirs.stage(newDir('active')), dirs.stage(newDir('view', 1))]);
        const second = await fixture.reopen();
        for (const orphan of (await second.list()).orphans) await second.removeOrphan(orphan);
        expect(await second.list()).toEqual({ ids: new Set([1]), orphans: [] });
      });

      it('does not mind an orphan that is gone', async () => {
        await dirs.stage(newDir('active'));
        const second = await fixture.reopen();
        const [orphan = ''] = (await second.list()).orphans;
        await second.removeOrphan(orphan);
        await second.removeOrphan(orphan);
      });

      it('refuses to remove as an orphan what is none', async () => {
        await make(1);
        const second = await fixture.reopen();
        for (const path of ['1', '..', '.', '', 'a/b', '../escape']) {
          await expect(second.removeOrphan(path), path).rejects.toThrow();
        }
        expect((await second.list()).ids).toEqual(new Set([1]));
      });
    });

    describe('contentPath', () => {
      it('is absolute, a different one for every id, and the same whether or not it exists', async () => {
        const before = dirs.contentPath(1);
        await make(1);
        expect(dirs.contentPath(1)).toBe(before);
        expect(before.startsWith('/')).toBe(true);
        expect(new Set([1, 2, 11, 12].map((id) => dirs.contentPath(id))).size).toBe(4);
      });

      it('survives a restart', async () => {
        expect((await fixture.reopen()).contentPath(3)).toBe(dirs.contentPath(3));
      });
    });

    describe('mountsOf', () => {
      const snapshot = (kind: SnapshotKind, parentIds: readonly number[]): SnapshotDirs => ({
        id: 9,
        kind,
        parentIds,
        labels: {},
      });
      const only = (mounts: readonly Mount[]): Mount => {
        expect(mounts).toHaveLength(1);
        return mounts[0]!;
      };

      it('needs no directories and answers the same each time', () => {
        const asked = snapshot('active', [3, 2, 1]);
        expect(dirs.mountsOf(asked)).toEqual(dirs.mountsOf(asked));
      });

      it.each(['active', 'view'] as const)('binds the content of an %s snapshot without parents', (kind) => {
        const mount = only(dirs.mountsOf(snapshot(kind, [])));
        expect(mount).toMatchObject({ type: 'bind', source: dirs.contentPath(9), target: '' });
        expect(mount.options).toContain(kind === 'active' ? 'rw' : 'ro');
        expect(mount.options).toContain('rbind');
      });

      it('binds the content of its only parent read-only for a view', () => {
        const mount = only(dirs.mountsOf(snapshot('view', [4])));
        expect(mount).toMatchObject({ type: 'bind', source: dirs.contentPath(4) });
        expect(mount.options).toEqual(expect.arrayContaining(['ro', 'rbind']));
      });

      it.each([[[4]], [[4, 3]], [[30, 2, 10]]])(
        'stacks an active snapshot on its parents %j',
        (parentIds) => {
          const mount = only(dirs.mountsOf(snapshot('active', parentIds)));
          expect(mount).toMatchObject({ type: 'overlay', source: 'overlay' });
          expect(mount.options).toContain(`upperdir=${dirs.contentPath(9)}`);
          expect(mount.options).toContain(
            `lowerdir=${parentIds.map((id) => dirs.contentPath(id)).join(':')}`,
          );
          expect(mount.options.filter((option) => option.startsWith('workdir='))).toHaveLength(1);
        },
      );

      it('stacks the parents of a view without anything to write to', () => {
        const { options } = only(dirs.mountsOf(snapshot('view', [4, 3])));
        expect(options).toContain(`lowerdir=${dirs.contentPath(4)}:${dirs.contentPath(3)}`);
        expect(options.some((option) => /^(upper|work)dir=/.test(option))).toBe(false);
      });
    });

    describe('a call whose signal is aborted', () => {
      const aborted = { signal: AbortSignal.abort(new Error('enough')) };

      it('rejects with the reason and does nothing', async () => {
        await make(1);
        await expect(dirs.stage(newDir('active', 1), aborted)).rejects.toThrow('enough');
        await expect(dirs.usage(1, aborted)).rejects.toThrow('enough');
        await expect(dirs.remove(1, aborted)).rejects.toThrow('enough');
        expect(await (await fixture.reopen()).list()).toEqual({ ids: new Set([1]), orphans: [] });
      });

      it('leaves an orphan where it is', async () => {
        await dirs.stage(newDir('active'));
        const second = await fixture.reopen();
        const [orphan = ''] = (await second.list()).orphans;
        await expect(second.removeOrphan(orphan, aborted)).rejects.toThrow('enough');
        expect((await second.list()).orphans).toEqual([orphan]);
      });
    });
  });
}
