import { TARGET_LABEL } from '@sluice/snapshotter-core';
import { describe, expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { newDir } from '../new-dir.ts';
import { layerLabels, type SuiteContext } from './suite-context.ts';

/** What happens at the next start. */
export function restartCases(on: SuiteContext): void {
  const provide = async (chainId: string, parent = '') => {
    const call = on.snapshotter.prepare(`extract ${chainId}`, parent, layerLabels(chainId));
    await expect(call).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  };
  const failOn = (failing: string) => {
    on.onFileSystem = (call) => {
      if (call === failing) throw new Error('registry.example does not answer');
    };
  };

  describe('restore', () => {
    it('has nothing to do on an empty store', async () => {
      await on.snapshotter.restore();
    });

    it('mounts remote layers again, with their labels', async () => {
      await provide('sha256:a');
      await provide('sha256:b', 'sha256:a');
      await on.restart();
      await on.snapshotter.restore();
      const labels = ['sha256:a', 'sha256:b'].map((name) =>
        on.fileSystem.layers.get(on.dirs.contentPath(on.id(name))),
      );
      expect(labels).toEqual([layerLabels('sha256:a'), layerLabels('sha256:b')]);
      expect((await on.snapshotter.summarize()).unavailable).toEqual([]);
    });

    it('mounts them with the labels of their first mount, though a client has replaced these', async () => {
      await provide('sha256:a');
      await on.snapshotter.update('sha256:a', { mine: '1' }, ['labels']);
      await on.restart();
      await on.snapshotter.restore();
      const { layers } = on.fileSystem;
      expect(layers.get(on.dirs.contentPath(on.id('sha256:a')))).toEqual(layerLabels('sha256:a'));
      expect((await on.snapshotter.stat('sha256:a')).labels).toEqual({ mine: '1' });
    });

    it('is not stopped by a layer that does not come back, and reports it', async () => {
      await provide('sha256:a');
      await provide('sha256:b', 'sha256:a');
      await on.make('other');
      await on.restart();
      failOn('fs.restore');
      await on.snapshotter.restore();
      const { unavailable, snapshots } = await on.snapshotter.summarize();
      expect(unavailable.map(({ name }) => name).sort()).toEqual(['sha256:a', 'sha256:b']);
      expect(unavailable[0]?.problem).toContain('does not answer');
      expect(snapshots).toEqual({ active: 0, view: 0, committed: 3, remote: 2 });
      const rows = await collect(on.snapshotter.describe());
      expect(rows.map(({ name, problem }) => [name, problem !== undefined])).toEqual([
        ['sha256:a', true],
        ['sha256:b', true],
        ['other', false],
      ]);
    });

    it('leaves a container startable whose layers come back when they are asked for', async () => {
      await provide('sha256:a');
      await provide('sha256:b', 'sha256:a');
      await on.snapshotter.prepare('container', 'sha256:b', {});
      await on.restart();
      failOn('fs.restore');
      await on.snapshotter.restore();
      await on.snapshotter.mounts('container');
      expect(on.fileSystem.calls.check).toBe(2);
      expect((await on.snapshotter.summarize()).unavailable).toEqual([]);
      await on.snapshotter.mounts('container');
      expect(on.fileSystem.calls.check).toBe(2);
    });

    it('refuses what needs a layer that stays away, naming layer and cause, and nothing else', async () => {
      await provide('sha256:a');
      await on.snapshotter.prepare('container', 'sha256:a', {});
      await on.make('other');
      await on.restart();
      on.onFileSystem = (call) => {
        if (call === 'fs.restore' || call === 'fs.check') throw new Error('registry.example does not answer');
      };
      await on.snapshotter.restore();
      const refused = {
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/sha256:a.*registry\.example does not answer/),
      };
      await expect(on.snapshotter.mounts('container')).rejects.toMatchObject(refused);
      await expect(on.snapshotter.prepare('new', 'sha256:a', {})).rejects.toMatchObject(refused);
      await expect(on.snapshotter.view('new', 'sha256:a', {})).rejects.toMatchObject(refused);
      await expect(on.snapshotter.stat('new')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await on.snapshotter.prepare('new', 'other', {});
      await on.snapshotter.stat('sha256:a');
      await on.snapshotter.remove('container');
      await on.snapshotter.remove('sha256:a');
      expect((await on.snapshotter.summarize()).unavailable).toEqual([]);
    });

    it('lets those who ask at once share one attempt', async () => {
      await provide('sha256:a');
      await on.snapshotter.prepare('container', 'sha256:a', {});
      await on.restart();
      failOn('fs.restore');
      await on.snapshotter.restore();
      await Promise.all(Array.from({ length: 10 }, () => on.snapshotter.mounts('container')));
      expect(on.fileSystem.calls.check).toBe(1);
    });

    it('makes those wait who ask before it has ended', async () => {
      await provide('sha256:a');
      await on.snapshotter.prepare('container', 'sha256:a', {});
      await on.restart();
      const go = Promise.withResolvers<void>();
      on.onFileSystem = () => go.promise;
      const restored = on.snapshotter.restore();
      let answered = false;
      const mounts = on.snapshotter.mounts('container').then(() => {
        answered = true;
      });
      await on.snapshotter.stat('container');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(answered).toBe(false);
      go.resolve();
      await Promise.all([restored, mounts]);
      expect(on.fileSystem.calls.restore).toBe(1);
    });

    it('lets a new container wait for the layer below before its root takes the owner from there', async () => {
      await provide('sha256:a');
      await on.restart();
      failOn('fs.restore');
      await on.snapshotter.restore();
      const path = on.dirs.contentPath(on.id('sha256:a'));
      const isMounted: boolean[] = [];
      const stage = on.dirs.stage.bind(on.dirs);
      on.dirs.stage = (...args) => {
        isMounted.push(on.mounted.has(path));
        return stage(...args);
      };
      await on.snapshotter.prepare('container', 'sha256:a', {});
      expect(isMounted).toEqual([true]);
    });

    it('makes the missing directory of a container once the layer below is there', async () => {
      await provide('sha256:a');
      await on.snapshotter.prepare('container', 'sha256:a', {});
      await on.dirs.remove(on.id('container'));
      await on.restart();
      on.onFileSystem = (call) => {
        if (call === 'fs.restore' || call === 'fs.check') throw new Error('registry.example does not answer');
      };
      await on.snapshotter.restore();
      const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('does not answer') };
      await expect(on.snapshotter.mounts('container')).rejects.toMatchObject(refused);
      await expect(on.snapshotter.commit('name', 'container', {})).rejects.toMatchObject(refused);
      expect((await on.dirs.list()).ids).toEqual(new Set([on.id('sha256:a')]));
      on.onFileSystem = () => undefined;
      await on.snapshotter.mounts('container');
      expect((await on.dirs.list()).ids.size).toBe(2);
      await on.snapshotter.commit('name', 'container', {});
    });

    it('ends the attempt to bring a layer back that is removed, and leaves nothing of it', async () => {
      await provide('sha256:a');
      await on.restart();
      const [started, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      on.onFileSystem = (call) => {
        if (call !== 'fs.restore') return;
        started.resolve();
        return go.promise;
      };
      const restored = on.snapshotter.restore();
      await started.promise;
      const waiting = on.snapshotter.prepare('container', 'sha256:a', {});
      const refused = expect(waiting).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await on.snapshotter.remove('sha256:a');
      await refused;
      go.resolve();
      await restored;
      await on.snapshotter.cleanup();
      expect([on.mounted.size, (await on.dirs.list()).ids.size]).toEqual([0, 0]);
      expect((await on.snapshotter.summarize()).unavailable).toEqual([]);
    });

    it('unpacks a layer anew if it is asked for and stays away', async () => {
      await provide('sha256:a');
      await on.restart();
      on.onFileSystem = () => {
        throw new Error('registry.example does not answer');
      };
      await on.snapshotter.restore();
      const mounts = await on.snapshotter.prepare('key', '', layerLabels('sha256:a'));
      expect(mounts).toHaveLength(1);
      on.onFileSystem = () => undefined;
    });

    it('makes directories again that a crash kept from being made', async () => {
      await on.meta.write((tx) =>
        tx.create({ name: 'key', parent: '', kind: 'active', labels: {}, createdNs: 1n }),
      );
      await on.snapshotter.restore();
      expect((await on.dirs.list()).ids).toEqual(new Set([on.id('key')]));
      await on.snapshotter.commit('name', 'key', {});
    });

    it('does not pretend that a committed layer is there whose directory is gone', async () => {
      await on.make('base');
      await on.snapshotter.prepare('container', 'base', {});
      await on.dirs.remove(on.id('base'));
      await on.restart();
      await on.snapshotter.restore();
      const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('missing') };
      await expect(on.snapshotter.mounts('container')).rejects.toMatchObject(refused);
      expect((await on.dirs.list()).ids).toEqual(new Set([on.id('container')]));
    });

    it('ends a mount that a crash kept from being recorded', async () => {
      await on.make('base');
      await on.meta.write((tx) =>
        tx.create({
          name: 'key',
          parent: '',
          kind: 'active',
          labels: { [TARGET_LABEL]: 'sha256:a' },
          createdNs: 1n,
        }),
      );
      const path = on.dirs.contentPath(on.id('key'));
      await on.dirs.ensure(on.id('key'), newDir('active'));
      on.mounted.add(path);
      await on.snapshotter.restore();
      expect(on.mounted.has(path)).toBe(false);
    });

    it('removes directories that no snapshot owns', async () => {
      await on.dirs.stage(newDir('active'));
      await on.dirs.publish(await on.dirs.stage(newDir('active')), 77);
      await on.restart();
      await on.snapshotter.restore();
      expect(await on.dirs.list()).toEqual({ ids: new Set(), orphans: [] });
    });

    it('does not disturb snapshots that are made meanwhile', async () => {
      for (let i = 0; i < 5; i++) await provide(`sha256:${i}`);
      await on.restart();
      const restored = on.snapshotter.restore();
      const made = Array.from({ length: 10 }, (_, i) => on.snapshotter.prepare(`k${i}`, '', {}));
      const asked = on.snapshotter.prepare('extract', '', layerLabels('sha256:new'));
      const provided = expect(asked).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      await Promise.all([restored, provided, ...made]);
      expect((await on.dirs.list()).ids.size).toBe(16);
      expect(on.mounted.size).toBe(6);
    });
  });

  describe('close', () => {
    it('ends attempts to bring layers back, and leaves layers mounted', async () => {
      await provide('sha256:a');
      await on.snapshotter.close();
      expect(on.mounted.size).toBe(1);
      await on.restart();
      on.onFileSystem = () => new Promise<void>(() => undefined);
      const restored = on.snapshotter.restore();
      await on.snapshotter.close();
      await expect(restored).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      on.onFileSystem = () => undefined;
    });
  });
}
