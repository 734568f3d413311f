import { describe, expect, it } from 'vitest';
import type { SuiteContext } from './suite-context.ts';

/** Stat and Update. */
export function labelCases(on: SuiteContext): void {
  describe('stat', () => {
    it('finds every kind, and nothing else', async () => {
      await on.make('base');
      await on.snapshotter.prepare('active', 'base', {});
      await on.snapshotter.view('view', 'base', {});
      expect((await on.snapshotter.stat('base')).kind).toBe('committed');
      expect((await on.snapshotter.stat('active')).kind).toBe('active');
      expect((await on.snapshotter.stat('view')).kind).toBe('view');
      await expect(on.snapshotter.stat('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(on.snapshotter.stat('')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('says the same after a restart', async () => {
      await on.make('base', '', { l: '1' });
      await on.snapshotter.prepare('active', 'base', { l: '2' });
      const before = [await on.snapshotter.stat('base'), await on.snapshotter.stat('active')];
      await on.restart();
      expect([await on.snapshotter.stat('base'), await on.snapshotter.stat('active')]).toEqual(before);
    });
  });

  describe('update', () => {
    const labels = { a: '1', b: '2', 'dotted.key/with': '3' };

    it('replaces all labels, with and without saying so', async () => {
      await on.make('s', '', labels);
      expect((await on.snapshotter.update('s', { c: '4' }, [])).labels).toEqual({ c: '4' });
      expect((await on.snapshotter.update('s', { d: '5' }, ['labels'])).labels).toEqual({ d: '5' });
      expect((await on.snapshotter.stat('s')).labels).toEqual({ d: '5' });
    });

    it('sets single labels, whose keys may have dots, and leaves the others', async () => {
      await on.make('s', '', labels);
      const given = { a: 'new', 'dotted.key/with': 'new', unasked: 'x' };
      const paths = ['labels.a', 'labels.dotted.key/with'];
      const { labels: result } = await on.snapshotter.update('s', given, paths);
      expect(result).toEqual({ a: 'new', b: '2', 'dotted.key/with': 'new' });
    });

    it('removes a label whose value is empty or missing', async () => {
      await on.make('s', '', labels);
      const { labels: one } = await on.snapshotter.update('s', { a: '' }, ['labels.a', 'labels.b']);
      expect(one).toEqual({ 'dotted.key/with': '3' });
      const { labels: all } = await on.snapshotter.update('s', { a: '', b: '2' }, ['labels']);
      expect(all).toEqual({ b: '2' });
    });

    it('takes keys for what they are, also those that objects inherit', async () => {
      await on.make('s');
      const { labels: result } = await on.snapshotter.update('s', {}, [
        'labels.constructor',
        'labels.toString',
      ]);
      expect(result).toEqual({});
    });

    it('changes the time of the last change, and no other', async () => {
      await on.make('s');
      const before = await on.snapshotter.stat('s');
      on.clock.advance(1000);
      const after = await on.snapshotter.update('s', { a: '1' }, ['labels.a']);
      expect(after).toEqual({ ...before, labels: { a: '1' }, updatedNs: after.updatedNs });
      expect(after.updatedNs).toBeGreaterThan(before.updatedNs);
      expect(await on.snapshotter.stat('s')).toEqual(after);
    });

    it('works on active snapshots and views as well', async () => {
      await on.snapshotter.prepare('active', '', {});
      await on.snapshotter.view('view', '', {});
      for (const name of ['active', 'view']) {
        expect((await on.snapshotter.update(name, { a: '1' }, [])).labels).toEqual({ a: '1' });
      }
    });

    it.each(['parent', 'kind', 'name', 'created_at', 'label', 'labelsx', ''])(
      'refuses the path %j, and then changes nothing',
      async (path) => {
        await on.make('s', '', labels);
        const before = await on.snapshotter.stat('s');
        const update = on.snapshotter.update('s', { a: 'new' }, ['labels.a', path]);
        await expect(update).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        expect(await on.snapshotter.stat('s')).toEqual(before);
      },
    );

    it('refuses what does not exist, and labels that are too long', async () => {
      await expect(on.snapshotter.update('none', {}, [])).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await on.make('s', '', labels);
      const long = on.snapshotter.update('s', { a: 'x'.repeat(5000) }, ['labels.a']);
      await expect(long).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect((await on.snapshotter.stat('s')).labels).toEqual(labels);
    });

    it('loses no change of those that are made at once', async () => {
      await on.make('s');
      const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
      await Promise.all(keys.map((key) => on.snapshotter.update('s', { [key]: '1' }, [`labels.${key}`])));
      expect(Object.keys((await on.snapshotter.stat('s')).labels).sort()).toEqual(keys.sort());
    });
  });
}
