import type { SnapshotDirs } from '@sluice/snapshotter-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLayerLayout } from './layer-layout.ts';
import { overlayMounts } from './overlay-mounts.ts';

const layout = createLayerLayout('/r');
const mountsOf = (snapshot: Partial<SnapshotDirs>, extra: readonly string[] = []) =>
  overlayMounts(layout, extra, { id: 9, kind: 'active', parentIds: [], labels: {}, ...snapshot });

describe('overlayMounts', () => {
  it('binds the content of an active snapshot without parents', () => {
    expect(mountsOf({})).toEqual([
      { type: 'bind', source: '/r/snapshots/9/fs', target: '', options: ['rw', 'rbind'] },
    ]);
  });

  it('binds the content of a view without parents read-only', () => {
    expect(mountsOf({ kind: 'view' })).toEqual([
      { type: 'bind', source: '/r/snapshots/9/fs', target: '', options: ['ro', 'rbind'] },
    ]);
  });

  it("binds the only parent's content for a view", () => {
    expect(mountsOf({ kind: 'view', parentIds: [4] }, ['index=off'])).toEqual([
      { type: 'bind', source: '/r/snapshots/4/fs', target: '', options: ['ro', 'rbind'] },
    ]);
  });

  it('stacks an active snapshot on its parents, with the options in the order of containerd', () => {
    expect(mountsOf({ parentIds: [4, 2] }, ['metacopy=on', 'index=off'])).toEqual([
      {
        type: 'overlay',
        source: 'overlay',
        target: '',
        options: [
          'workdir=/r/snapshots/9/work',
          'upperdir=/r/snapshots/9/fs',
          'lowerdir=/r/snapshots/4/fs:/r/snapshots/2/fs',
          'metacopy=on',
          'index=off',
        ],
      },
    ]);
  });

  it('stacks only the parents of a view', () => {
    expect(mountsOf({ kind: 'view', parentIds: [4, 2] }, ['index=off'])[0]?.options).toEqual([
      'lowerdir=/r/snapshots/4/fs:/r/snapshots/2/fs',
      'index=off',
    ]);
  });

  it.each(['', 'true', 'anything'])(
    'makes an active snapshot volatile for the label with value %j',
    (value) => {
      const labels = { 'containerd.io/snapshot/overlay.volatile': value };
      expect(mountsOf({ parentIds: [4], labels })[0]?.options).toContain('volatile');
      expect(mountsOf({ kind: 'view', parentIds: [4, 2], labels })[0]?.options).not.toContain('volatile');
      expect(mountsOf({ labels })[0]?.options).not.toContain('volatile');
    },
  );

  it.each(['active', 'view'] as const)('puts the id mapping of an %s snapshot in front of all', (kind) => {
    const labels = {
      'containerd.io/snapshot/uidmapping': '0:1000:10',
      'containerd.io/snapshot/gidmapping': '0:2000:10',
    };
    for (const parentIds of [[], [4], [4, 2]]) {
      const options = mountsOf({ kind, labels, parentIds })[0]?.options ?? [];
      expect(options.slice(0, 2)).toEqual(['uidmap=0:1000:10', 'gidmap=0:2000:10']);
      expect(options.slice(2)).toEqual(mountsOf({ kind, parentIds })[0]?.options);
    }
  });

  it('names every parent once, in order, and its own upper directory only when active', () => {
    const kinds = fc.constantFrom('active' as const, 'view' as const);
    const parents = fc.uniqueArray(fc.integer({ min: 10, max: 1_000_000 }), { minLength: 2, maxLength: 130 });
    fc.assert(
      fc.property(kinds, parents, (kind, parentIds) => {
        const options = mountsOf({ kind, parentIds })[0]?.options ?? [];
        const lower = options.find((option) => option.startsWith('lowerdir='))?.slice('lowerdir='.length);
        expect(lower?.split(':')).toEqual(parentIds.map((id) => layout.fs(id)));
        expect(options.some((option) => option.includes('/9/'))).toBe(kind === 'active');
      }),
    );
  });
});
