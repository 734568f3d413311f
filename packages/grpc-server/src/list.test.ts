import { status } from '@grpc/grpc-js';
import type { SnapshotInfo } from '@sluice/snapshotter-core';
import { createMemorySnapshotter } from '@sluice/testkit/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Info } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { eventually } from '../test/eventually.ts';
import { openStalledList } from '../test/open-stalled-list.ts';
import { serveMemory } from '../test/serve-memory.ts';
import { createSnapshotsClient } from '../test/snapshots-client.ts';
import { startRelay } from '../test/start-relay.ts';

/** More than a stream would buffer whatever the sizes; few enough to be quick. */
const MANY = 250;

async function withSnapshots(count: number, labels: Record<string, string> = {}) {
  const served = await serveMemory();
  await served.memory.meta.write((tx) => {
    for (let i = 1; i <= count; i++) {
      tx.create({
        name: `s${i}`,
        parent: '',
        kind: 'active',
        labels: { ...labels, i: `${i}` },
        createdNs: 1n,
      });
    }
  });
  return served;
}

describe('List', () => {
  it.each([0, 1, 99, 100, 101, 250])('streams %d snapshots in messages of at most 100', async (count) => {
    await using served = await withSnapshots(count);
    const sizes: number[] = [];
    const names: string[] = [];
    for await (const { info } of served.client.stream([])) {
      sizes.push(info.length);
      names.push(...info.map((one: Info) => one.name));
    }
    expect(names).toEqual(Array.from({ length: count }, (_, i) => `s${i + 1}`));
    expect(sizes.every((size, at) => size === 100 || at === sizes.length - 1)).toBe(true);
    expect(sizes).not.toContain(0);
  });

  it('fills its messages also where few snapshots match', async () => {
    await using served = await withSnapshots(2 * MANY);
    const sizes: number[] = [];
    // Every tenth, and all above 400.
    for await (const { info } of served.client.stream(['labels.i~=0$', 'labels.i~=^4..$']))
      sizes.push(info.length);
    expect(sizes).toEqual([100, 40]);
  });

  it('keeps messages small whose snapshots have big labels, so that clients accept them', async () => {
    const labels = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`l${i}`, 'ü'.repeat(2000)]));
    await using served = await withSnapshots(MANY, labels);
    using client = createSnapshotsClient(served.address, { maxBytes: 4 << 20 });
    expect(await client.list([])).toHaveLength(MANY);
  });

  it('fits snapshots with as many labels as there may be, and more are refused', async () => {
    await using served = await withSnapshots(1);
    const labels = (count: number, prefix: string) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`${prefix}${i}`.padEnd(20, '-'), 'ü'.repeat(2038)]),
      );
    const update = (added: Record<string, string>) => {
      const updateMask = { paths: Object.keys(added).map((key) => `labels.${key}`) };
      return served.client.call('update', { info: { name: 's1', labels: added }, updateMask });
    };
    await update(labels(1000, 'a'));
    await update(labels(1000, 'b'));
    await expect(update(labels(200, 'c'))).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    const [info] = await served.client.list([]);
    expect(Object.keys(info!.labels)).toHaveLength(2001);
  });

  it('matches any of several filters, and all selectors of one', async () => {
    await using served = await withSnapshots(20);
    const names = async (...filters: string[]) =>
      (await served.client.list(filters)).map((info) => info.name);
    expect(await names('name==s1', 'labels.i==2')).toEqual(['s1', 's2']);
    expect(await names('kind==active,labels.i~=^1,labels.i!=1,parent==""')).toHaveLength(10);
    expect(await names('labels."i"==3')).toEqual(['s3']);
    expect(await names('name==none')).toEqual([]);
    expect(await names('')).toHaveLength(20);
  });

  it.each(['labels."x==1', 'name===', 'name==s1,', '==', 'name~=('])(
    'refuses the filter %s',
    async (filter) => {
      await using served = await withSnapshots(1);
      await expect(served.client.list([filter])).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    },
  );

  it('finds nothing in a store that was never used', async () => {
    await using served = await serveMemory();
    expect(await served.client.list([])).toEqual([]);
    expect(await served.client.list(['parent==""'])).toEqual([]);
  });
});

describe('a client that does not read', () => {
  const ended = vi.fn();
  let pulled = 0;

  afterEach(() => {
    ended.mockClear();
    pulled = 0;
  });

  /** A list that never ends. */
  async function* endless(): AsyncGenerator<readonly SnapshotInfo[]> {
    const { snapshotter } = createMemorySnapshotter();
    await snapshotter.prepare('s', '', { label: 'x'.repeat(4000) });
    const page = Array.from({ length: 100 }, () => snapshotter.stat('s'));
    const infos = await Promise.all(page);
    try {
      for (;;) {
        pulled++;
        yield infos;
      }
    } finally {
      ended();
    }
  }

  it('holds up nobody else, nor fills the memory', async () => {
    await using served = await serveMemory({ override: { list: endless } });
    using reader = openStalledList(served.address);
    await eventually(() => expect(pulled).toBeGreaterThan(0));
    // On the same connection and on another one.
    using other = createSnapshotsClient(served.address);
    for (const client of [served.client, other]) {
      await client.call('prepare', { key: `k${client === other}` });
      await client.call('stat', { key: `k${client === other}` });
    }
    for (let before = 0; before !== pulled; ) {
      before = pulled;
      for (let i = 0; i < 20; i++) await other.call('mounts', { key: 'ktrue' });
      // At most 16 messages in the stream, and what HTTP/2 and the socket have taken.
      expect(pulled).toBeLessThan(25);
    }
    reader.cancel();
    await eventually(() => expect(ended).toHaveBeenCalledTimes(1));
    expect(served.calls).toContainEqual(expect.objectContaining({ method: 'List', code: 'CANCELLED' }));
  });

  it('is forgotten when its connection ends', async () => {
    await using served = await serveMemory({ override: { list: endless } });
    await using relay = await startRelay(served.address);
    using client = createSnapshotsClient(relay.address);
    client.stream([]).on('error', () => undefined);
    await eventually(() => expect(pulled).toBeGreaterThan(10));
    relay.cut();
    await eventually(() => expect(ended).toHaveBeenCalledTimes(1));
    await served.client.call('prepare', { key: 'k' });
  });

  it('does not keep the server from closing', async () => {
    await using served = await serveMemory({ override: { list: endless }, server: { closeTimeoutMs: 50 } });
    served.client.stream([]).on('error', () => undefined);
    await eventually(() => expect(pulled).toBeGreaterThan(10));
    await served.server.close();
    await eventually(() => expect(ended).toHaveBeenCalledTimes(1));
  });

  it('is told when its time is over', async () => {
    await using served = await serveMemory({ override: { list: endless } });
    const read = async (deadlineMs: number) => {
      for await (const _ of served.client.stream([], { deadlineMs }));
    };
    // On a busy machine a short time may be over before the server has heard of the call.
    for (let deadlineMs = 50; pulled === 0; deadlineMs *= 2) {
      await expect(read(deadlineMs)).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    }
    await eventually(() => expect(ended).toHaveBeenCalled());
  });
});
