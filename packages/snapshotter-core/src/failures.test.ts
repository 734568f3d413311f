import { collect, createMemorySnapshotter, layerLabels, newDir } from '@sluice/testkit/core';
import { describe, expect, test } from 'vitest';

const failAt = (failing: string, error = new Error('the disk failed')) => ({
  isFailing: true,
  calls: 0,
  intercept(call: string) {
    if (call !== failing) return;
    this.calls++;
    if (this.isFailing) throw error;
  },
});

describe('a port that fails', () => {
  test.each(['dirs.stage', 'dirs.publish', 'meta.write'])(
    'in %s makes prepare fail as INTERNAL, and leaves nothing',
    async (call) => {
      const fault = failAt(call);
      await using memory = createMemorySnapshotter({ intercept: (it) => fault.intercept(it) });
      const { snapshotter, data } = memory;
      const failed = { code: 'INTERNAL', message: 'the disk failed' };
      await expect(snapshotter.prepare('key', '', {})).rejects.toMatchObject(failed);
      expect([data.meta.records.size, data.dirs.staged.size, data.dirs.published.size]).toEqual([0, 0, 0]);
      fault.isFailing = false;
      await snapshotter.prepare('key', '', {});
    },
  );

  test('for want of space says so in a way that clients know', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const fault = failAt('dirs.stage', full);
    await using memory = createMemorySnapshotter({ intercept: (it) => fault.intercept(it) });
    const call = memory.snapshotter.prepare('key', '', {});
    await expect(call).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', cause: full });
  });

  test('while a directory is freed does not make remove fail; cleanup tries again', async () => {
    const fault = failAt('dirs.remove');
    await using memory = createMemorySnapshotter({ intercept: (it) => fault.intercept(it) });
    const { snapshotter, data, logs } = memory;
    await snapshotter.prepare('key', '', {});
    await snapshotter.remove('key');
    await snapshotter.cleanup();
    expect(data.dirs.published.size).toBe(1);
    expect(logs.lines.map(({ message }) => message)).toContain(
      'cannot free the directory of a removed snapshot',
    );
    fault.isFailing = false;
    await snapshotter.cleanup();
    expect(data.dirs.published.size).toBe(0);
  });

  test('to unmount keeps the directory, so that nothing below is deleted', async () => {
    const fault = failAt('fs.unmount');
    await using memory = createMemorySnapshotter({ intercept: (it) => fault.intercept(it) });
    const { snapshotter, data } = memory;
    const asked = snapshotter.prepare('key', '', layerLabels('sha256:a'));
    await expect(asked).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await snapshotter.remove('sha256:a');
    await snapshotter.cleanup();
    expect([data.dirs.published.size, data.dirs.mounted.size]).toEqual([1, 1]);
    fault.isFailing = false;
    await snapshotter.cleanup();
    expect([data.dirs.published.size, data.dirs.mounted.size]).toEqual([0, 0]);
  });

  test('to record a mounted layer leaves it unmounted', async () => {
    let writes = 0;
    await using memory = createMemorySnapshotter({
      intercept: (call) => {
        if (call === 'meta.write' && ++writes === 2) throw new Error('the disk failed');
      },
    });
    const { snapshotter, data } = memory;
    const asked = snapshotter.prepare('key', '', layerLabels('sha256:a'));
    await expect(asked).rejects.toMatchObject({ code: 'INTERNAL', message: 'the disk failed' });
    expect([data.meta.records.size, data.dirs.mounted.size]).toEqual([0, 0]);
  });

  test('with one orphan does not keep cleanup from the others', async () => {
    let orphans = 0;
    const before = createMemorySnapshotter();
    for (let i = 0; i < 3; i++) await before.dirs.stage(newDir('active'));
    await using memory = createMemorySnapshotter({
      data: before.data,
      intercept: (call) => {
        if (call === 'dirs.removeOrphan' && ++orphans === 1) throw new Error('the disk failed');
      },
    });
    await memory.snapshotter.cleanup();
    expect(memory.data.dirs.staged.size).toBe(1);
  });
});

describe('removal', () => {
  test('does not wait for the directory by default, and does so if asked to', async () => {
    for (const asyncRemove of [undefined, true, false]) {
      const go = Promise.withResolvers<void>();
      await using memory = createMemorySnapshotter({
        asyncRemove,
        intercept: (call) => (call === 'dirs.remove' ? go.promise : undefined),
      });
      const { snapshotter } = memory;
      await snapshotter.prepare('key', '', {});
      let isAnswered = false;
      const removed = snapshotter.remove('key').then(() => {
        isAnswered = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(isAnswered).toBe(asyncRemove !== false);
      expect((await snapshotter.summarize()).removalsPending).toBe(1);
      go.resolve();
      await removed;
    }
  });

  test('waits for the directory in cleanup and in close', async () => {
    for (const wait of ['cleanup', 'close'] as const) {
      await using memory = createMemorySnapshotter({
        intercept: (call) =>
          call === 'dirs.remove' ? new Promise<void>((resolve) => setTimeout(resolve, 20)) : undefined,
      });
      const { snapshotter, data } = memory;
      for (let i = 0; i < 10; i++) await snapshotter.prepare(`key ${i}`, '', {});
      for (let i = 0; i < 10; i++) await snapshotter.remove(`key ${i}`);
      await snapshotter[wait]();
      expect(data.dirs.published.size).toBe(0);
    }
  });
});

describe('without a file system', () => {
  test('layers are unpacked, and the reason says why', async () => {
    await using memory = createMemorySnapshotter({ isLazy: false });
    const { snapshotter, counted } = memory;
    await snapshotter.prepare('key', '', layerLabels('sha256:a'));
    expect(counted).toEqual(['no-file-system']);
  });

  test('layers that were lazy once are unavailable, and the rest goes on', async () => {
    const before = createMemorySnapshotter();
    const asked = before.snapshotter.prepare('key', '', layerLabels('sha256:a'));
    await expect(asked).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await before.snapshotter.close();
    await using memory = createMemorySnapshotter({ data: before.data, isLazy: false });
    const { snapshotter } = memory;
    await snapshotter.restore();
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('switched off') };
    await expect(snapshotter.prepare('container', 'sha256:a', {})).rejects.toMatchObject(refused);
    expect(await collect(snapshotter.describe())).toMatchObject([{ name: 'sha256:a', remote: true }]);
    await snapshotter.prepare('other', '', {});
  });
});
