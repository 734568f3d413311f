import { describe, expect, it } from 'vitest';
import { newDir } from '../new-dir.ts';
import type { SuiteContext } from './suite-context.ts';

/** Prepare, View, Mounts, Commit, Remove, Usage: what containerd's Go suite and its clients rely on. */
export function ordinaryCases(on: SuiteContext): void {
  const make = (name: string, parent?: string) => on.make(name, parent);

  describe('prepare and view', () => {
    it('say how to mount, again and again the same', async () => {
      await make('base');
      const active = await on.snapshotter.prepare('active', 'base', {});
      const view = await on.snapshotter.view('view', 'base', {});
      expect(active.length).toBeGreaterThan(0);
      for (let i = 0; i < 3; i++) {
        expect(await on.snapshotter.mounts('active')).toEqual(active);
        expect(await on.snapshotter.mounts('view')).toEqual(view);
      }
    });

    it('make snapshots with the given parent and labels, and equal times', async () => {
      await make('base');
      await on.snapshotter.prepare('a', 'base', { l: '1', empty: '' });
      const info = await on.snapshotter.stat('a');
      expect(info).toEqual({
        name: 'a',
        parent: 'base',
        kind: 'active',
        labels: { l: '1', empty: '' },
        createdNs: info.updatedNs,
        updatedNs: info.createdNs,
      });
    });

    it('accept keys with spaces, slashes and letters of any script', async () => {
      const key = 'k8s.io/12/extract-617549707-9Qzv sha256:d575 ключ';
      await on.snapshotter.prepare(key, '', {});
      expect((await on.snapshotter.stat(key)).name).toBe(key);
    });

    it.each([
      ['an empty key', ''],
      ['a line break', 'a\nb'],
      ['a null character', 'a\0b'],
      ['an escape sequence', 'a\u001b[31mb'],
      ['too many characters', 'x'.repeat(5000)],
    ])('refuse %s', async (_what, key) => {
      const invalid = { code: 'INVALID_ARGUMENT' };
      await expect(on.snapshotter.prepare(key, '', {})).rejects.toMatchObject(invalid);
      await expect(on.snapshotter.view(key, '', {})).rejects.toMatchObject(invalid);
      expect(await on.names()).toEqual([]);
    });

    it('refuse labels of more than 4096 bytes of key and value, counted in UTF-8', async () => {
      const invalid = { code: 'INVALID_ARGUMENT' };
      await on.snapshotter.prepare('fits', '', { key: 'x'.repeat(4093) });
      await on.snapshotter.prepare('fits too', '', { key: `x${'😀'.repeat(1023)}` });
      const prepare = (value: string) => on.snapshotter.prepare('a', '', { key: value });
      await expect(prepare('x'.repeat(4094))).rejects.toMatchObject(invalid);
      await expect(prepare(`xx${'😀'.repeat(1023)}`)).rejects.toMatchObject(invalid);
      await expect(prepare('ü'.repeat(2047))).rejects.toMatchObject(invalid);
      await expect(on.snapshotter.prepare('a', '', { '': 'x' })).rejects.toMatchObject(invalid);
    });

    it('refuse a parent that does not exist, or is not committed', async () => {
      await on.snapshotter.prepare('active', '', {});
      await on.snapshotter.view('view', '', {});
      const prepare = (parent: string) => on.snapshotter.prepare('a', parent, {});
      await expect(prepare('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(prepare('active')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(prepare('view')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(on.snapshotter.stat('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('refuse a key that is taken, whatever has it', async () => {
      const taken = { code: 'ALREADY_EXISTS' };
      await make('committed');
      await on.snapshotter.prepare('active', '', {});
      await on.snapshotter.view('view', 'committed', {});
      for (const key of ['committed', 'active', 'view']) {
        await expect(on.snapshotter.prepare(key, 'committed', {})).rejects.toMatchObject(taken);
        await expect(on.snapshotter.view(key, '', {})).rejects.toMatchObject(taken);
      }
      expect((await on.snapshotter.stat('active')).kind).toBe('active');
    });

    it('give a key to exactly one of those who ask at once, and leave nothing of the others', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 20 }, () => on.snapshotter.prepare('key', '', {})),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const { ids, orphans } = await on.dirs.list();
      expect([ids.size, orphans]).toEqual([1, []]);
    });

    it('let a key be used again after it was removed or committed, with a directory of its own', async () => {
      const first = await on.snapshotter.prepare('key', '', {});
      await on.snapshotter.remove('key');
      const second = await on.snapshotter.prepare('key', '', {});
      await on.snapshotter.commit('name', 'key', {});
      const third = await on.snapshotter.prepare('key', '', {});
      expect(new Set([first, second, third].map((mounts) => JSON.stringify(mounts))).size).toBe(3);
    });

    it('have no effect once their signal is aborted', async () => {
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(on.snapshotter.prepare('a', '', {}, { signal })).rejects.toThrow('enough');
      expect(await on.names()).toEqual([]);
    });
  });

  describe('mounts', () => {
    it('exist of active snapshots and views only', async () => {
      await make('base');
      await expect(on.snapshotter.mounts('base')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await expect(on.snapshotter.mounts('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(on.snapshotter.mounts('')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('stack 128 layers', async () => {
      for (let i = 0; i < 128; i++) await make(`c${i}`, i === 0 ? '' : `c${i - 1}`);
      const [mount] = await on.snapshotter.view('top', 'c127', {});
      const lower = mount?.options.find((option) => option.startsWith('lowerdir='));
      expect(lower?.split(':')).toHaveLength(128);
    });
  });

  describe('commit', () => {
    it('makes a committed snapshot with new labels and new times, and takes the key away', async () => {
      await make('base');
      await on.snapshotter.prepare('key', 'base', { old: '1' });
      const { createdNs } = await on.snapshotter.stat('key');
      await on.snapshotter.commit('name', 'key', { new: '2' });
      const info = await on.snapshotter.stat('name');
      expect(info).toMatchObject({ kind: 'committed', parent: 'base', labels: { new: '2' } });
      expect(info.createdNs).toBeGreaterThan(createdNs);
      expect(info.updatedNs).toBe(info.createdNs);
      await expect(on.snapshotter.stat('key')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('refuses what is not active, does not exist, or takes a name that is in use', async () => {
      await make('committed');
      await on.snapshotter.view('view', 'committed', {});
      await on.snapshotter.prepare('active', '', {});
      const commit = (name: string, key: string) => on.snapshotter.commit(name, key, {});
      await expect(commit('name', 'view')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await expect(commit('name', 'committed')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await expect(commit('name', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(commit('committed', 'active')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await expect(commit('active', 'active')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await expect(commit('', 'active')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      const long = on.snapshotter.commit('name', 'active', { l: 'x'.repeat(5000) });
      await expect(long).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect((await on.snapshotter.stat('active')).kind).toBe('active');
    });

    it('lets one of two commits of the same key succeed', async () => {
      await on.snapshotter.prepare('key', '', {});
      const commits = ['a', 'b'].map((name) => on.snapshotter.commit(name, 'key', {}));
      const results = await Promise.allSettled(commits);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await on.names()).toHaveLength(1);
    });

    it('gives a parent to what has none', async () => {
      await make('base');
      await on.snapshotter.prepare('key', '', {});
      await on.snapshotter.commit('top', 'key', {}, { parent: 'base' });
      expect((await on.snapshotter.stat('top')).parent).toBe('base');
      await expect(on.snapshotter.remove('base')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    it('accepts the parent that it has, and refuses another one', async () => {
      await make('base');
      await make('other');
      await on.snapshotter.prepare('key', 'base', {});
      await on.snapshotter.prepare('free', '', {});
      const commit = (key: string, parent: string) => on.snapshotter.commit('top', key, {}, { parent });
      await expect(commit('key', 'other')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(commit('free', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(commit('free', 'key')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await expect(commit('free', 'free')).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await commit('key', 'base');
      expect((await on.snapshotter.stat('top')).parent).toBe('base');
    });
  });

  describe('usage', () => {
    it('is counted for an active snapshot, stored with a committed one, and nothing for a view', async () => {
      await on.snapshotter.prepare('key', '', {});
      const active = await on.snapshotter.usage('key');
      await on.snapshotter.commit('name', 'key', {});
      await on.snapshotter.view('view', 'name', {});
      expect(await on.snapshotter.usage('name')).toEqual(active);
      expect(await on.snapshotter.usage('view')).toEqual({ sizeBytes: 0, inodes: 0 });
      await expect(on.snapshotter.usage('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('remove', () => {
    it('refuses a parent, saying so, until its children are gone', async () => {
      await make('base');
      await on.snapshotter.prepare('child', 'base', {});
      const refused = { code: 'FAILED_PRECONDITION', message: expect.stringContaining('remove') };
      await expect(on.snapshotter.remove('base')).rejects.toMatchObject(refused);
      await on.snapshotter.remove('child');
      await on.snapshotter.remove('base');
      expect(await on.names()).toEqual([]);
    });

    it('refuses what does not exist', async () => {
      await expect(on.snapshotter.remove('none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(on.snapshotter.remove('')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await make('a');
      await on.snapshotter.remove('a');
      await expect(on.snapshotter.remove('a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('lets a snapshot with the same name be made at once', async () => {
      await make('committed-1');
      await on.snapshotter.prepare('reuse', 'committed-1', {});
      await on.snapshotter.remove('reuse');
      await on.snapshotter.view('reuse', 'committed-1', {});
      await on.snapshotter.remove('reuse');
      await on.snapshotter.prepare('reuse', '', {});
      await on.snapshotter.remove('committed-1');
      await on.snapshotter.commit('committed-1', 'reuse', {});
      expect(await on.names()).toEqual(['committed-1']);
    });

    it('is exclusive with a new child: one of the two fails', async () => {
      for (let i = 0; i < 10; i++) {
        await make('base');
        const results = await Promise.allSettled([
          on.snapshotter.prepare(`child ${i}`, 'base', {}),
          on.snapshotter.remove('base'),
        ]);
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const name of (await on.names()).reverse()) await on.snapshotter.remove(name);
      }
    });
  });

  describe('cleanup', () => {
    it('has nothing to do on an empty store', async () => {
      await on.snapshotter.cleanup();
    });

    it('has freed what was removed, and spares the rest', async () => {
      await make('a');
      await make('b');
      await on.snapshotter.remove('a');
      await on.snapshotter.cleanup();
      expect((await on.dirs.list()).ids).toEqual(new Set([on.id('b')]));
    });

    it('removes directories that no snapshot owns', async () => {
      await on.dirs.publish(await on.dirs.stage(newDir('active')), 77);
      await on.snapshotter.cleanup();
      expect((await on.dirs.list()).ids).toEqual(new Set());
    });

    it('spares snapshots that are being made', async () => {
      const made = Array.from({ length: 20 }, (_, i) => on.snapshotter.prepare(`k${i}`, '', {}));
      const swept = Array.from({ length: 5 }, () => on.snapshotter.cleanup());
      await Promise.all([...made, ...swept]);
      expect((await on.dirs.list()).ids.size).toBe(20);
    });
  });

  describe('close', () => {
    it('may be called twice, and refuses what comes later', async () => {
      await make('a');
      await on.snapshotter.remove('a');
      await on.snapshotter.close();
      await on.snapshotter.close();
      await expect(on.snapshotter.stat('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(on.names()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect((await on.dirs.list()).ids.size).toBe(0);
    });

    it('waits for calls under way', async () => {
      const prepared = on.snapshotter.prepare('a', '', {});
      await on.snapshotter.close();
      await expect(prepared).resolves.toBeDefined();
    });

    it('deletes nothing', async () => {
      await make('base');
      await on.snapshotter.prepare('active', 'base', {});
      await on.restart();
      expect(await on.names()).toEqual(['base', 'active']);
      expect((await on.dirs.list()).ids.size).toBe(2);
    });
  });
}
