import { TARGET_LABEL } from '@sluice/snapshotter-core';
import { describe, expect, it } from 'vitest';
import { collect } from '../collect.ts';
import type { SuiteContext } from './suite-context.ts';

/** List, with filters and batches. */
export function listCases(on: SuiteContext): void {
  describe('list', () => {
    it('gives nothing of an empty store', async () => {
      expect(await on.names()).toEqual([]);
      expect(await on.names('name==a')).toEqual([]);
      expect(await on.names(`labels."${TARGET_LABEL}"==a,parent==""`)).toEqual([]);
    });

    it('gives what stat gives', async () => {
      await on.make('base', '', { l: '1' });
      await on.snapshotter.prepare('active', 'base', {});
      const listed = await collect(on.snapshotter.list([]));
      expect(listed).toEqual([await on.snapshotter.stat('base'), await on.snapshotter.stat('active')]);
    });

    it('filters as the Go suite asks it to', async () => {
      const root = { 'containerd.io/gc.root': 'check-walk' };
      const { snapshotter } = on;
      await snapshotter.prepare('a-np', '', root);
      await on.make('p', '', root);
      await snapshotter.prepare('a', 'p', root);
      await snapshotter.view('v', 'p', root);
      await on.make('p-wl', '', { ...root, l: '1' });
      await snapshotter.prepare('a-wl', 'p-wl', { ...root, l: '2' });
      await snapshotter.view('v-wl', 'p-wl', { ...root, l: '3' });
      await snapshotter.prepare('a-np-wl', '', { ...root, l: '2' });

      const gc = 'labels."containerd.io/gc.root"==check-walk';
      const all = ['a-np', 'p', 'a', 'v', 'p-wl', 'a-wl', 'v-wl', 'a-np-wl'];
      expect(await on.names(gc)).toEqual(all);
      expect(await on.names(`kind==active,${gc}`)).toEqual(['a-np', 'a', 'a-wl', 'a-np-wl']);
      expect(await on.names(`kind==view,${gc}`)).toEqual(['v', 'v-wl']);
      expect(await on.names(`kind==committed,${gc}`)).toEqual(['p', 'p-wl']);
      expect(await on.names('labels.l')).toEqual(['p-wl', 'a-wl', 'v-wl', 'a-np-wl']);
      expect(await on.names('labels.l==2')).toEqual(['a-wl', 'a-np-wl']);
      expect(await on.names('parent==p')).toEqual(['a', 'v']);
      expect(await on.names('parent==p', 'name==a-np', 'labels.l==3')).toEqual(['a-np', 'a', 'v', 'v-wl']);
      expect(await on.names('labels.l~="[12]",kind!=committed')).toEqual(['a-wl', 'a-np-wl']);
      expect(await on.names('')).toEqual(all);
      expect(await on.names('name==none', '')).toEqual(all);
    });

    it.each(['name==', 'name=a', '==a', 'name==a,', 'labels."x', 'name~="("', 'a b', ','])(
      'refuses the filter %j',
      async (filter) => {
        await on.make('a');
        await expect(on.names(filter)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        await expect(on.names('', filter)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        await expect(on.names('name==a', filter)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      },
    );

    it('gives many in batches of a hundred at most, oldest first', async () => {
      const keys = Array.from({ length: 250 }, (_, i) => `k${i}`);
      for (const key of keys) await on.snapshotter.prepare(key, '', {});
      const batches: number[] = [];
      const seen: string[] = [];
      for await (const batch of on.snapshotter.list([])) {
        batches.push(batch.length);
        seen.push(...batch.map(({ name }) => name));
      }
      expect(Math.max(...batches)).toBeLessThanOrEqual(100);
      expect(seen).toEqual(keys);
    });

    it('lets others write and read while its reader is slow', async () => {
      for (let i = 0; i < 150; i++) await on.snapshotter.prepare(`k${i}`, '', {});
      const reader = on.snapshotter.list([])[Symbol.asyncIterator]();
      await reader.next();
      await on.snapshotter.remove('k149');
      await on.make('new');
      expect((await on.snapshotter.stat('new')).name).toBe('new');
      const { value } = await reader.next();
      expect(value?.map(({ name }: { name: string }) => name)).not.toContain('k149');
      await reader.return?.();
    });

    it('ends when its signal is aborted', async () => {
      for (let i = 0; i < 150; i++) await on.snapshotter.prepare(`k${i}`, '', {});
      const controller = new AbortController();
      const reader = on.snapshotter.list([], { signal: controller.signal })[Symbol.asyncIterator]();
      await reader.next();
      controller.abort(new Error('enough'));
      await expect(reader.next()).rejects.toThrow('enough');
    });
  });
}
