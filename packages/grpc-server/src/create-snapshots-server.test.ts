import { existsSync } from 'node:fs';
import { status } from '@grpc/grpc-js';
import { TARGET_LABEL } from '@sluice/snapshotter-core';
import { layerLabels } from '@sluice/testkit/core';
import { describe, expect, it, test } from 'vitest';
import { Kind } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { serveMemory } from '../test/serve-memory.ts';
import type { SnapshotsClient } from '../test/snapshots-client.ts';

async function make(client: SnapshotsClient, name: string, parent = '', labels: Record<string, string> = {}) {
  await client.call('prepare', { key: `making ${name}`, parent });
  await client.call('commit', { name, key: `making ${name}`, labels });
}

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

describe('Prepare', () => {
  it('says how to mount the new snapshot, and keeps its labels', async () => {
    await using served = await serveMemory();
    const { client } = served;
    await make(client, 'base');
    const { mounts } = await client.call('prepare', { key: 'k', parent: 'base', labels: { a: '1' } });
    expect(mounts).toMatchObject([{ type: 'overlay', source: 'overlay', target: '' }]);
    expect(mounts[0]!.options.map((option) => option.split('=')[0])).toEqual([
      'upperdir',
      'workdir',
      'lowerdir',
    ]);
    const { info } = await client.call('stat', { key: 'k' });
    expect(info).toMatchObject({ kind: Kind.ACTIVE, parent: 'base', labels: { a: '1' } });
  });

  it('answers ALREADY_EXISTS where it has provided the layer itself', async () => {
    await using served = await serveMemory();
    const { client } = served;
    const prepare = client.call('prepare', { key: 'k', labels: layerLabels('sha256:1') });
    await expect(prepare).rejects.toMatchObject({ code: status.ALREADY_EXISTS, details: /sha256:1/ });
    expect(await client.list([`labels."${TARGET_LABEL}"==sha256:1,parent==""`])).toMatchObject([
      { name: 'sha256:1', kind: Kind.COMMITTED },
    ]);
  });
});

test('View makes a snapshot that cannot be written', async () => {
  await using served = await serveMemory();
  const { client } = served;
  await make(client, 'base');
  const { mounts } = await client.call('view', { key: 'v', parent: 'base', labels: { a: '1' } });
  expect(mounts).toMatchObject([{ type: 'bind', options: ['ro', 'rbind'] }]);
  const { info } = await client.call('stat', { key: 'v' });
  expect(info).toMatchObject({ kind: Kind.VIEW, parent: 'base', labels: { a: '1' } });
});

test('Mounts says the same again', async () => {
  await using served = await serveMemory();
  const { client } = served;
  const { mounts } = await client.call('prepare', { key: 'k' });
  expect((await client.call('mounts', { key: 'k' })).mounts).toEqual(mounts);
});

describe('Commit', () => {
  it('takes a parent, as containerd 2.2 sends it to rebase', async () => {
    await using served = await serveMemory();
    const { client } = served;
    await make(client, 'base');
    await client.call('prepare', { key: 'k' });
    await client.call('commit', { name: 'n', key: 'k', parent: 'base' });
    expect((await client.call('stat', { key: 'n' })).info).toMatchObject({ parent: 'base' });
  });

  it('refuses a parent other than the one there is', async () => {
    await using served = await serveMemory();
    const { client } = served;
    await make(client, 'base');
    await make(client, 'other');
    await client.call('prepare', { key: 'k', parent: 'base' });
    const commit = client.call('commit', { name: 'n', key: 'k', parent: 'other' });
    await expect(commit).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

test('Remove refuses a parent, in the words that containerd looks for', async () => {
  await using served = await serveMemory();
  const { client } = served;
  await make(client, 'base');
  await client.call('prepare', { key: 'k', parent: 'base' });
  const remove = client.call('remove', { key: 'base' });
  await expect(remove).rejects.toMatchObject({ code: status.FAILED_PRECONDITION, details: /remove/ });
});

test('Stat tells times to the nanosecond, and the same ones as List', async () => {
  await using served = await serveMemory();
  const { client, memory } = served;
  await client.call('prepare', { key: 'k' });
  const { createdNs } = await memory.snapshotter.stat('k');
  const { info } = await client.call('stat', { key: 'k' });
  const { seconds, nanos } = info!.createdAt!;
  expect(seconds * 1_000_000_000n + BigInt(nanos)).toBe(createdNs);
  expect(await client.list([])).toEqual([info]);
});

describe('Update', () => {
  const labels = { a: '1', 'containerd.io/gc.ref': '2' };

  it.each([
    { paths: undefined, change: { b: '3' }, becomes: { b: '3' } },
    { paths: [], change: { b: '3' }, becomes: { b: '3' } },
    { paths: ['labels'], change: { b: '3' }, becomes: { b: '3' } },
    { paths: ['labels.b'], change: { b: '3', c: '4' }, becomes: { ...labels, b: '3' } },
    { paths: ['labels.containerd.io/gc.ref'], change: {}, becomes: { a: '1' } },
    {
      paths: ['labels.a', 'labels.b'],
      change: { a: '', b: '3' },
      becomes: { 'containerd.io/gc.ref': '2', b: '3' },
    },
  ])('with the mask $paths makes $change to $becomes', async ({ paths, change, becomes }) => {
    await using served = await serveMemory();
    const { client } = served;
    await make(client, 's', '', labels);
    const updateMask = paths && { paths };
    const { info } = await client.call('update', {
      info: { name: 's', labels: change },
      ...(updateMask && { updateMask }),
    });
    expect(info).toMatchObject({ name: 's', kind: Kind.COMMITTED });
    expect(info!.labels).toEqual(becomes);
    expect((await client.call('stat', { key: 's' })).info).toEqual(info);
  });

  it.each(['kind', 'parent', 'name', 'created_at', 'labels.', 'nonsense', ''])(
    'never answers INTERNAL to the mask path %j, and leaves what it does not know',
    async (path) => {
      await using served = await serveMemory();
      const { client } = served;
      await make(client, 's', '', labels);
      const update = client.call('update', {
        info: { name: 's', kind: Kind.VIEW },
        updateMask: { paths: [path] },
      });
      if (path !== 'labels.') await expect(update).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
      else await update;
      expect((await client.call('stat', { key: 's' })).info!.labels).toEqual(labels);
    },
  );
});

test('Usage tells bytes and inodes', async () => {
  await using served = await serveMemory();
  const { client, memory } = served;
  await client.call('prepare', { key: 'k' });
  memory.data.dirs.published.get(1)!.usage = { sizeBytes: 2 ** 53 - 1, inodes: 7 };
  expect(await client.call('usage', { key: 'k' })).toMatchObject({ size: 2n ** 53n - 1n, inodes: 7n });
});

test('Cleanup frees what a crash has left', async () => {
  await using served = await serveMemory();
  const { client, memory } = served;
  memory.data.dirs.published.set(99, {
    kind: 'active',
    parentId: undefined,
    usage: { sizeBytes: 0, inodes: 1 },
  });
  await client.call('cleanup', {});
  expect(memory.data.dirs.published.size).toBe(0);
});

test('what is not there is NOT_FOUND to every method', async () => {
  await using served = await serveMemory();
  const { client } = served;
  const missing = { code: status.NOT_FOUND, details: /gone/ };
  await expect(client.call('stat', { key: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('mounts', { key: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('usage', { key: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('remove', { key: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('commit', { name: 'n', key: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('update', { info: { name: 'gone' } })).rejects.toMatchObject(missing);
  await expect(client.call('prepare', { key: 'k', parent: 'gone' })).rejects.toMatchObject(missing);
  await expect(client.call('view', { key: 'k', parent: 'gone' })).rejects.toMatchObject(missing);
});

test('the namespace in the metadata neither isolates nor is needed', async () => {
  await using served = await serveMemory();
  const { client } = served;
  await client.call('prepare', { key: 'a' }, { metadata: { 'containerd-namespace': 'one' } });
  await client.call('prepare', { key: 'b' }, { metadata: { 'containerd-namespace': 'two' } });
  expect(await client.list([], { metadata: { 'containerd-namespace': 'one' } })).toHaveLength(2);
  expect(await client.list([])).toHaveLength(2);
});

describe('a failure of ours', () => {
  it('is logged with its cause, and the client learns no more than that', async () => {
    const err = new Error('secret detail');
    await using served = await serveMemory({ override: { stat: () => Promise.reject(err) } });
    const stat = served.client.call('stat', { key: 'k' });
    await expect(stat).rejects.toMatchObject({
      code: status.INTERNAL,
      details: expect.not.stringMatching(/secret/),
    });
    expect(served.logs.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ method: 'Stat', err }) }),
    );
  });

  it('in the middle of a stream ends the stream with it', async () => {
    await using served = await serveMemory({
      override: {
        async *list() {
          yield [];
          throw new Error('the disk failed');
        },
      },
    });
    await expect(served.client.list([])).rejects.toMatchObject({ code: status.INTERNAL });
  });
});

test('every call is counted once, with method and code', async () => {
  await using served = await serveMemory();
  const { client, calls } = served;
  await client.call('prepare', { key: 'k' });
  await client.list([]);
  await client.call('stat', { key: 'none' }).catch(() => undefined);
  expect(calls.map(({ method, code }) => `${method} ${code}`)).toEqual([
    'Prepare OK',
    'List OK',
    'Stat NOT_FOUND',
  ]);
  for (const { durationMs } of calls) expect(durationMs).toBeGreaterThan(0);
});

describe('close', () => {
  it('lets calls in flight end, and takes the socket away first', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await using served = await serveMemory({
      memory: {
        intercept: (operation) => {
          if (operation !== 'dirs.publish') return;
          ask();
          return released;
        },
      },
    });
    const prepared = served.client.call('prepare', { key: 'k' });
    await asked;
    const closed = served.server.close();
    expect(existsSync(served.address)).toBe(false);
    release();
    expect((await prepared).mounts).toHaveLength(1);
    await closed;
  });

  it('cancels calls that do not end', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<AbortSignal>();
    await using served = await serveMemory({
      server: { closeTimeoutMs: 50 },
      override: {
        stat: (_name, options) => {
          ask(options!.signal!);
          return new Promise(() => undefined);
        },
      },
    });
    const stat = served.client.call('stat', { key: 'k' });
    stat.catch(() => undefined);
    const signal = await asked;
    await served.server.close();
    await expect(stat).rejects.toMatchObject({ code: expect.any(Number) });
    expect(signal.aborted).toBe(true);
    expect(served.logs.lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  it('may be called again, and before listen', async () => {
    await using served = await serveMemory();
    await Promise.all([served.server.close(), served.server.close()]);
  });
});
