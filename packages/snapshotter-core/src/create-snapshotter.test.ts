import { collect, createMemorySnapshotter } from '@sluice/testkit/core';
import { expect, test } from 'vitest';

test('a snapshot is prepared, committed and removed', async () => {
  await using memory = createMemorySnapshotter();
  const { snapshotter } = memory;
  const mounts = await snapshotter.prepare('key', '', {});
  expect(mounts).toHaveLength(1);
  await snapshotter.commit('name', 'key', { a: 'b' });
  expect(await snapshotter.stat('name')).toMatchObject({ kind: 'committed', labels: { a: 'b' } });
  await snapshotter.remove('name');
  await snapshotter.cleanup();
  expect(memory.data.dirs.published.size).toBe(0);
});

test('a layer is provided', async () => {
  await using memory = createMemorySnapshotter();
  const { snapshotter } = memory;
  const labels = { 'containerd.io/snapshot.ref': 'sha256:a' };
  await expect(snapshotter.prepare('key', '', labels)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  const found = await collect(snapshotter.list(['labels."containerd.io/snapshot.ref"==sha256:a,parent==""']));
  expect(found).toMatchObject([{ name: 'sha256:a', kind: 'committed', labels }]);
});
