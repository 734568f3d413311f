import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FuseMount } from '@sluice/fuse';
import { mountAt, unmount } from '@sluice/linux';
import { describe, expect, it } from 'vitest';
import { buildTree } from '../build-tree.ts';
import { dir, file } from './nodes.ts';
import type { SuiteContext } from './suite-context.ts';

export function lifecycleCases(context: SuiteContext): void {
  const { at } = context;
  const readText = async (path: string) =>
    Buffer.from(await context.client.call('readFile', path)).toString();

  describe('a mount', () => {
    context.it(
      'kernel',
      'is shown with its type and source, read-only, and can be used at once',
      async () => {
        const { mount } = await context.serve(dir({ f: file('x') }));
        expect(await readText(at('f'))).toBe('x');
        expect(mountAt(context.mountpoint)).toMatchObject({
          type: expect.stringContaining('fuse'),
          source: 'sluice',
        });
        expect(mount.mountpoint).toBe(context.mountpoint);
      },
    );

    it('goes on serving open files after an unmount, and closes with the last of them', async () => {
      const { mount } = await context.serve(dir({ f: file('still there') }));
      const fd = await context.client.call('open', at('f'));
      await mount.unmount();
      expect(mountAt(context.mountpoint)).toBeUndefined();
      await expect(readText(at('f'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(Buffer.from(await context.client.call('read', fd, 0, 20)).toString()).toBe('still there');
      await context.client.call('close', fd);
      await mount.closed;
    });

    context.it('kernel', 'notices an unmount by somebody else', async () => {
      const { mount } = await context.serve(dir({ f: file('x') }));
      unmount(context.mountpoint, { detach: true });
      await mount.closed;
      await mount.unmount();
    });

    it('can be made anew at the same place', async () => {
      for (const text of ['first', 'second']) {
        const { mount } = await context.serve(dir({ f: file(text) }));
        expect(await readText(at('f'))).toBe(text);
        await mount.unmount();
        await mount.closed;
      }
    });

    context.it(
      'kernel',
      'serves as a lower of overlayfs: copy-up, whiteouts, opaque directories',
      async () => {
        await context.serve(
          dir({
            f: file('lower'),
            gone: { type: 'char', major: 0, minor: 0, mode: 0 },
            opaque: dir({ kept: file('kept') }, { xattrs: { 'trusted.overlay.opaque': Buffer.from('y') } }),
          }),
        );
        const { base, client } = context;
        for (const name of ['below/opaque', 'upper', 'work', 'merged'])
          await mkdir(join(base, name), { recursive: true });
        for (const name of ['gone', 'opaque/hidden']) await writeFile(join(base, 'below', name), 'below');
        const merged = join(base, 'merged');
        const data = `lowerdir=${context.mountpoint}:${base}/below,upperdir=${base}/upper,workdir=${base}/work`;
        await client.call('mount', { source: 'overlay', target: merged, type: 'overlay', flags: 0, data });
        try {
          const names = async (path: string) =>
            (await client.call('readdir', path)).map((name) => Buffer.from(name).toString()).sort();
          expect(await names(merged)).toEqual(['f', 'opaque']);
          expect(await names(join(merged, 'opaque'))).toEqual(['kept']);
          await client.call('writeFile', join(merged, 'f'), Buffer.from(' and upper'), 'a');
          expect(await readText(join(merged, 'f'))).toBe('lower and upper');
        } finally {
          unmount(merged, { detach: true });
        }
        expect(await readText(at('f'))).toBe('lower');
      },
    );
  });

  describe('a driver', () => {
    it('serves many mounts, and counts what each was asked', async () => {
      const mounts: FuseMount[] = [];
      for (let i = 0; i < 8; i++) {
        const { mount } = await context.serve(dir({ f: file(`mount ${i}`) }), {
          mountpoint: join(context.base, `m${i}`),
        });
        mounts.push(mount);
      }
      const read = await Promise.all(mounts.map(({ mountpoint }) => readText(join(mountpoint, 'f'))));
      expect(read).toEqual(mounts.map((_, i) => `mount ${i}`));
      expect(mounts[3]!.stats()).toMatchObject({ misses: 1, readBytes: 'mount 3'.length, errors: 0 });
    });

    it('refuses a mountpoint that is missing, and says what it needs', async () => {
      const { tree, content } = buildTree(dir({}), context.base);
      const failed = context.driver.mount(join(context.base, 'missing'), {
        tree,
        content,
        fill: async () => {},
      });
      await expect(failed).rejects.toMatchObject({
        code: 'MOUNT_FAILED',
        message: expect.stringContaining('missing'),
      });
    });

    it('refuses a tree that contradicts itself, and mounts nothing', async () => {
      const { tree, content } = buildTree(dir({ f: file('x') }), context.base);
      tree.entries.inode[0] = 99;
      const failed = context.driver.mount(context.mountpoint, { tree, content, fill: async () => {} });
      await expect(failed).rejects.toMatchObject({ message: expect.stringContaining('inode 99') });
      expect(mountAt(context.mountpoint)).toBeUndefined();
    });

    it('leaves no mount when it is closed, whoever uses one, and refuses new ones', async () => {
      const driver = context.fixture.createDriver({ logger: { debug() {}, error() {} } });
      const { tree, content } = buildTree(dir({ f: file('x') }), context.base);
      const source = { tree, content, fill: async () => undefined };
      await driver.mount(context.mountpoint, source);
      const fd = await context.client.call('open', context.mountpoint);
      await driver.close();
      expect(mountAt(context.mountpoint)).toBeUndefined();
      await context.client.call('close', fd);
      await expect(driver.mount(context.mountpoint, source)).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}
