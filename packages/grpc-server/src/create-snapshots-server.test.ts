import { expect, test } from 'vitest';
import { Kind } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { serveMemory } from '../test/serve-memory.ts';

test('a snapshot lives its life over the wire', async () => {
  await using served = await serveMemory();
  const { client } = served;
  const { mounts } = await client.call('prepare', { key: 'ns/1/key', labels: { a: 'b' } });
  expect(mounts).toMatchObject([{ type: 'bind', target: '', options: ['rw', 'rbind'] }]);
  await client.call('commit', { name: 'ns/2/name', key: 'ns/1/key', labels: { c: 'd' } });
  const { info } = await client.call('stat', { key: 'ns/2/name' });
  expect(info).toMatchObject({ name: 'ns/2/name', parent: '', kind: Kind.COMMITTED, labels: { c: 'd' } });
  await client.call('remove', { key: 'ns/2/name' });
  await client.call('cleanup', {});
  expect(await client.list([])).toEqual([]);
});
