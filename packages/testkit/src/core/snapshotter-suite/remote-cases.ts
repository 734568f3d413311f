import { ID_MAPPING_LABELS, NotLazyError, TARGET_LABEL } from '@sluice/snapshotter-core';
import { describe, expect, it } from 'vitest';
import { collect } from '../collect.ts';
import { layerLabels, type SuiteContext } from './suite-context.ts';

const PROVIDED = { code: 'ALREADY_EXISTS' };

/** The remote-snapshot conversation. */
export function remoteCases(on: SuiteContext): void {
  const ask = (key: string, chainId: string, parent = '') =>
    on.snapshotter.prepare(key, parent, layerLabels(chainId));
  const provide = async (chainId: string, parent = '') => {
    await expect(ask(`extract ${chainId}`, chainId, parent)).rejects.toMatchObject(PROVIDED);
  };
  /** As containerd does it after ALREADY_EXISTS. */
  const find = (chainId: string, parent = '') =>
    on.names(`labels."${TARGET_LABEL}"==${chainId},parent=="${parent}"`);
  const refuse = (error: Error) => {
    on.onFileSystem = (call) => {
      if (call === 'fs.mount') throw error;
    };
  };
  const status = async (name: string) =>
    (await collect(on.snapshotter.describe())).find((row) => row.name === name);

  describe('prepare with a target', () => {
    it('mounts the layer, commits it with its labels, and says that it exists', async () => {
      await provide('sha256:a');
      const [info] = await collect(on.snapshotter.list([]));
      expect(info).toMatchObject({
        name: 'sha256:a',
        kind: 'committed',
        parent: '',
        labels: layerLabels('sha256:a'),
      });
      const mountpoint = on.dirs.contentPath(on.id('sha256:a'));
      expect(on.fileSystem.layers.get(mountpoint)).toEqual(layerLabels('sha256:a'));
      expect(on.counted).toEqual(['lazy']);
    });

    it('can be found by its label and parent, layer upon layer', async () => {
      await provide('sha256:a');
      await provide('sha256:b', 'sha256:a');
      expect(await find('sha256:a')).toEqual(['sha256:a']);
      expect(await find('sha256:b', 'sha256:a')).toEqual(['sha256:b']);
      expect(await find('sha256:b')).toEqual([]);
    });

    it('leaves the key free, and carries containers', async () => {
      await provide('sha256:a');
      await provide('sha256:b', 'sha256:a');
      await expect(on.snapshotter.stat('extract sha256:a')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      const [mount] = await on.snapshotter.prepare('container', 'sha256:b', {});
      const lower = ['sha256:b', 'sha256:a'].map((name) => on.dirs.contentPath(on.id(name)));
      expect(mount?.options).toContain(`lowerdir=${lower.join(':')}`);
    });

    it('says at once that a layer exists which is there, for any client', async () => {
      await provide('sha256:a');
      await expect(ask('k8s.io/9/extract-1 sha256:a', 'sha256:a')).rejects.toMatchObject(PROVIDED);
      expect(on.fileSystem.calls.mount).toBe(1);
      expect(await on.names()).toEqual(['sha256:a']);
    });

    it('says so also of a layer that was unpacked, if it has label and parent', async () => {
      await on.make('default/1/sha256:a', '', layerLabels('sha256:a'));
      await expect(ask('key', 'sha256:a')).rejects.toMatchObject(PROVIDED);
      expect(on.fileSystem.calls.mount).toBe(0);
    });

    it('stands on unpacked layers, and bears them', async () => {
      await on.make('default/1/sha256:a', '', {});
      await provide('sha256:b', 'default/1/sha256:a');
      await on.make('default/3/sha256:c', 'sha256:b', {});
      await provide('sha256:d', 'default/3/sha256:c');
      const [mount] = await on.snapshotter.prepare('container', 'sha256:d', {});
      expect(mount?.options.find((option) => option.startsWith('lowerdir='))?.split(':')).toHaveLength(4);
    });

    it('mounts the same layer again on another parent, under another name', async () => {
      await on.make('default/1/sha256:a', '', {});
      await provide('sha256:b', 'default/1/sha256:a');
      await provide('sha256:a');
      await expect(ask('other key', 'sha256:b', 'sha256:a')).rejects.toMatchObject(PROVIDED);
      const [found] = await find('sha256:b', 'sha256:a');
      expect(found).toMatch(/^sha256:b#\d+$/);
      expect(await find('sha256:b', 'default/1/sha256:a')).toEqual(['sha256:b']);
    });

    it('refuses a bad key, a bad target and a parent that does not exist, before anything is mounted', async () => {
      const labels = { ...layerLabels('x'), [TARGET_LABEL]: 'a\nb' };
      const invalid = { code: 'INVALID_ARGUMENT' };
      await expect(ask('', 'sha256:a')).rejects.toMatchObject(invalid);
      await expect(on.snapshotter.prepare('key', '', labels)).rejects.toMatchObject(invalid);
      await expect(ask('key', 'sha256:a', 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(on.fileSystem.calls.mount).toBe(0);
      expect(await on.names()).toEqual([]);
    });

    it('is an ordinary call if the target is empty', async () => {
      const mounts = await on.snapshotter.prepare('key', '', { [TARGET_LABEL]: '' });
      expect(mounts).toHaveLength(1);
      expect(on.fileSystem.calls.mount).toBe(0);
    });

    it('is ordinary as a view', async () => {
      await on.snapshotter.view('view', '', layerLabels('sha256:a'));
      expect(on.fileSystem.calls.mount).toBe(0);
    });

    it('mounts once for many who ask at the same time, and answers all alike', async () => {
      const asked = Array.from({ length: 10 }, (_, i) => ask(`key ${i}`, 'sha256:a'));
      for (const call of asked) await expect(call).rejects.toMatchObject(PROVIDED);
      expect(on.fileSystem.calls.mount).toBe(1);
      expect(await on.names()).toEqual(['sha256:a']);
      expect((await on.dirs.list()).ids.size).toBe(1);
    });

    it('mounts different layers at the same time', async () => {
      let mounting = 0;
      const both = Promise.withResolvers<void>();
      on.onFileSystem = async (call) => {
        if (call === 'fs.mount' && ++mounting === 2) both.resolve();
        await both.promise;
      };
      await Promise.allSettled([ask('key a', 'sha256:a'), ask('key b', 'sha256:b')]);
      expect((await on.names()).sort()).toEqual(['sha256:a', 'sha256:b']);
    });

    it('writes the line into the log that scripts look for', async () => {
      await provide('sha256:a');
      refuse(new NotLazyError('unsupported-format', 'the layer is not eStargz'));
      await ask('key b', 'sha256:b', 'sha256:a');
      const lines = on.logs.lines.filter(({ fields }) => 'remote-snapshot-prepared' in fields);
      expect(lines).toMatchObject([
        { fields: { 'remote-snapshot-prepared': 'true', key: 'extract sha256:a', parent: '' } },
        {
          fields: {
            'remote-snapshot-prepared': 'false',
            key: 'key b',
            parent: 'sha256:a',
            reason: 'unsupported-format',
            problem: 'the layer is not eStargz',
          },
        },
      ]);
    });
  });

  describe('a layer that cannot be mounted lazily', () => {
    it('becomes an ordinary snapshot, and the reason is kept', async () => {
      refuse(new NotLazyError('registry-unavailable', 'registry.example does not answer'));
      const mounts = await ask('key', 'sha256:a');
      expect(mounts).toEqual(await on.snapshotter.mounts('key'));
      expect(on.mounted.size).toBe(0);
      expect(on.counted).toEqual(['registry-unavailable']);
      expect(await status('key')).toMatchObject({ remote: false, notLazy: 'registry-unavailable' });
      await on.snapshotter.commit('default/1/sha256:a', 'key', layerLabels('sha256:a'));
      await on.restart();
      expect(await status('default/1/sha256:a')).toMatchObject({ notLazy: 'registry-unavailable' });
      expect(await find('sha256:a')).toEqual(['default/1/sha256:a']);
    });

    it('has the reason internal for any other failure', async () => {
      refuse(new TypeError('a bug'));
      await ask('key', 'sha256:a');
      expect(on.counted).toEqual(['internal']);
      const [line] = on.logs.lines.filter(({ fields }) => 'remote-snapshot-prepared' in fields);
      expect(line?.fields['problem']).toContain('a bug');
      expect((await on.snapshotter.summarize()).fallbacks).toEqual({ internal: 1 });
    });

    it('is tried once for many who ask at the same time, each of which gets its own snapshot', async () => {
      refuse(new NotLazyError('corrupt', 'the table of contents is damaged'));
      const all = await Promise.all(Array.from({ length: 5 }, (_, i) => ask(`key ${i}`, 'sha256:a')));
      expect(new Set(all.map((mounts) => JSON.stringify(mounts))).size).toBe(5);
      expect(on.fileSystem.calls.mount).toBe(1);
      expect(on.counted).toEqual(Array(5).fill('corrupt'));
    });

    it('may be lazy the next time', async () => {
      refuse(new NotLazyError('unauthorized', 'no credentials'));
      await ask('key', 'sha256:a');
      on.onFileSystem = () => undefined;
      await provide('sha256:a');
    });
  });

  describe('prepare with a target that is cancelled', () => {
    const hang = () => {
      const started = Promise.withResolvers<void>();
      on.onFileSystem = (call) => {
        if (call !== 'fs.mount') return;
        started.resolve();
        return new Promise<void>(() => undefined);
      };
      return started.promise;
    };

    it('leaves nothing', async () => {
      const started = hang();
      const controller = new AbortController();
      const labels = layerLabels('sha256:a');
      const call = on.snapshotter.prepare('key', '', labels, { signal: controller.signal });
      await started;
      controller.abort(new Error('the client went away'));
      await expect(call).rejects.toThrow('the client went away');
      expect(await on.names()).toEqual([]);
      expect((await on.dirs.list()).ids.size).toBe(0);
      expect(on.counted).toEqual([]);
    });

    it('hands over to the next one that waits', async () => {
      const started = hang();
      const controller = new AbortController();
      const labels = layerLabels('sha256:a');
      const first = on.snapshotter.prepare('first', '', labels, { signal: controller.signal });
      await started;
      const second = ask('second', 'sha256:a');
      on.onFileSystem = () => undefined;
      controller.abort(new Error('the client went away'));
      await expect(first).rejects.toThrow('the client went away');
      await expect(second).rejects.toMatchObject(PROVIDED);
      expect(await on.names()).toEqual(['sha256:a']);
    });

    it('only stops waiting if another one leads', async () => {
      const go = Promise.withResolvers<void>();
      const started = Promise.withResolvers<void>();
      on.onFileSystem = (call) => {
        if (call !== 'fs.mount') return;
        started.resolve();
        return go.promise;
      };
      const first = ask('first', 'sha256:a');
      await started.promise;
      const controller = new AbortController();
      const labels = layerLabels('sha256:a');
      const second = on.snapshotter.prepare('second', '', labels, { signal: controller.signal });
      controller.abort(new Error('the client went away'));
      await expect(second).rejects.toThrow('the client went away');
      go.resolve();
      await expect(first).rejects.toMatchObject(PROVIDED);
    });
  });

  describe('a remote snapshot', () => {
    it('stays one when a client replaces its labels', async () => {
      await provide('sha256:a');
      await on.snapshotter.update('sha256:a', {}, ['labels']);
      expect(await status('sha256:a')).toMatchObject({ remote: true, labels: {} });
      expect(await find('sha256:a')).toEqual([]);
    });

    it('has the usage that the file system says, without a walk', async () => {
      await provide('sha256:a');
      const said = on.fileSystem.usage(on.dirs.contentPath(on.id('sha256:a')));
      expect(await on.snapshotter.usage('sha256:a')).toEqual(said);
    });

    it('is unmounted and its directory freed when it is removed', async () => {
      await provide('sha256:a');
      await on.snapshotter.remove('sha256:a');
      await on.snapshotter.cleanup();
      expect([on.mounted.size, (await on.dirs.list()).ids.size]).toEqual([0, 0]);
      await provide('sha256:a');
    });

    it('cannot be mounted idmapped: containerd would show it empty', async () => {
      await provide('sha256:a');
      await on.make('default/2/b', 'sha256:a');
      const labels = {
        [ID_MAPPING_LABELS.uid]: '0:1000:65536',
        [ID_MAPPING_LABELS.gid]: '0:1000:65536',
      };
      for (const parent of ['sha256:a', 'default/2/b']) {
        await expect(on.snapshotter.prepare('container', parent, labels)).rejects.toMatchObject({
          code: 'FAILED_PRECONDITION',
          message: expect.stringMatching(/sha256:a.*remap-ids/),
        });
      }
      await expect(on.snapshotter.stat('container')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('is not asked for when something is mounted on top of it that is well', async () => {
      await provide('sha256:a');
      await on.snapshotter.prepare('container', 'sha256:a', {});
      await on.snapshotter.mounts('container');
      expect(on.fileSystem.calls.check).toBe(0);
    });
  });
}
