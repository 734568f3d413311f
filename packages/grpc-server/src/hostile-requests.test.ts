import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { layerLabels } from '@sluice/testkit/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Snapshots } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import { eventually } from '../test/eventually.ts';
import { serveMemory } from '../test/serve-memory.ts';
import type { SnapshotsClient } from '../test/snapshots-client.ts';
import { createSnapshotsClient } from '../test/snapshots-client.ts';
import { startRelay } from '../test/start-relay.ts';

type Served = Awaited<ReturnType<typeof serveMemory>>;

let served: Served;
let client: SnapshotsClient;

beforeAll(async () => {
  served = await serveMemory();
  client = served.client;
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await client.call('prepare', { key: 'making base' }).catch(() => undefined);
  await client.call('commit', { name: 'base', key: 'making base' }).catch(() => undefined);
});

/** The server is as well as before. */
async function expectWell(): Promise<void> {
  expect((await client.call('stat', { key: 'base' })).info?.name).toBe('base');
  expect(served.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
}

const invalid = { code: status.INVALID_ARGUMENT };

describe('a request without a name', () => {
  it.each(['prepare', 'view', 'mounts', 'commit', 'remove', 'stat', 'usage', 'update'] as const)(
    'is INVALID_ARGUMENT to %s',
    async (method) => {
      // Every field is missing.
      await expect(client.send(method, new Uint8Array())).rejects.toMatchObject(invalid);
      await expectWell();
    },
  );

  it('is INVALID_ARGUMENT to Commit where only one of two names is missing', async () => {
    await expect(client.call('commit', { name: 'n' })).rejects.toMatchObject(invalid);
    await expect(client.call('commit', { key: 'k' })).rejects.toMatchObject(invalid);
    await expect(client.call('update', { info: {} })).rejects.toMatchObject(invalid);
  });
});

describe('names', () => {
  it.each(['a\0b', 'a\nb', '\u001b[2J', '\u007f', '\u0085', 'x'.repeat(4097)])(
    'that would harm logs and tables are refused: %j',
    async (name) => {
      await expect(client.call('prepare', { key: name })).rejects.toMatchObject(invalid);
      await expect(client.call('view', { key: name })).rejects.toMatchObject(invalid);
      await expect(client.call('prepare', { key: 'k', parent: name })).rejects.toMatchObject(invalid);
      await client.call('prepare', { key: 'active' });
      await expect(client.call('commit', { name, key: 'active' })).rejects.toMatchObject(invalid);
      await client.call('remove', { key: 'active' });
      await expectWell();
    },
  );

  it.each([
    'a b/c d',
    '容器 🚢',
    "'; DROP TABLE snapshots; --",
    '../../etc',
    '%00%',
    '__proto__',
    'constructor',
  ])('that only look harmful are names: %j', async (key) => {
    await client.call('prepare', { key });
    expect((await client.call('stat', { key })).info?.name).toBe(key);
    expect(await client.list([`name==${JSON.stringify(key)}`])).toHaveLength(1);
    await client.call('remove', { key });
  });

  it('come back in messages so that headers stay whole', async () => {
    const key = 'ü€🚢\u001b\r\nx: y'.repeat(300);
    await expect(client.call('stat', { key })).rejects.toMatchObject({ code: status.NOT_FOUND });
    // Cut in the middle of a character that takes two units of UTF-16.
    for (const length of [4094, 4095, 4096]) {
      const cut = `${'x'.repeat(length)}🚢🚢`;
      await expect(client.call('stat', { key: cut })).rejects.toMatchObject({ code: status.NOT_FOUND });
    }
    await expectWell();
  });
});

describe('labels', () => {
  it.each([
    { what: 'too long', labels: { key: 'x'.repeat(4094) } },
    { what: 'too long in bytes', labels: { key: 'ü'.repeat(2047) } },
    { what: 'without a key', labels: { '': 'value' } },
    { what: 'of ten megabytes', labels: { key: 'x'.repeat(10_000_000) } },
    { what: 'with a key of ten megabytes', labels: { ['x'.repeat(10_000_000)]: 'v' } },
  ])('$what are INVALID_ARGUMENT, and change nothing', async ({ labels }) => {
    await expect(client.call('prepare', { key: 'k', labels })).rejects.toMatchObject(invalid);
    await expect(client.call('update', { info: { name: 'base', labels } })).rejects.toMatchObject(invalid);
    await client.call('prepare', { key: 'active' });
    await expect(client.call('commit', { name: 'n', key: 'active', labels })).rejects.toMatchObject(invalid);
    await client.call('remove', { key: 'active' });
    await expect(client.call('stat', { key: 'k' })).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expectWell();
  });

  it('whose keys only look harmful are kept', async () => {
    const labels = Object.fromEntries([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['a b\n"c"', '\u001b[2J'],
    ]);
    await client.call('prepare', { key: 'k', labels });
    const { info } = await client.call('stat', { key: 'k' });
    expect(Object.entries(info!.labels).sort()).toEqual(Object.entries(labels).sort());
    expect(Object.keys(labels)).toContain('__proto__');
    await client.call('remove', { key: 'k' });
  });

  it('of the longest length allowed are kept', async () => {
    const labels = { key: 'x'.repeat(4093) };
    await client.call('prepare', { key: 'k', labels });
    expect((await client.call('stat', { key: 'k' })).info?.labels).toEqual(labels);
    await client.call('remove', { key: 'k' });
  });
});

describe('a message', () => {
  it('of more than the limit is RESOURCE_EXHAUSTED', async () => {
    const key = 'x'.repeat(17 << 20);
    await expect(client.call('stat', { key })).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    await expectWell();
  });

  it('just below the limit is looked at', async () => {
    await expect(client.call('prepare', { key: 'x'.repeat(10_000_000) })).rejects.toMatchObject(invalid);
    await expect(client.list(['x'.repeat(10_000_000)])).rejects.toMatchObject(invalid);
    await expect(client.list(Array.from({ length: 100_000 }, () => 'name==x'))).rejects.toMatchObject(
      invalid,
    );
    await expectWell();
  });

  it.each([
    { what: 'text that is not UTF-8', bytes: [0x12, 2, 0xc3, 0x28] },
    { what: 'half a surrogate pair', bytes: [0x12, 3, 0xed, 0xa0, 0x80] },
    { what: 'fewer bytes than it says', bytes: [0x12, 100, 0x61] },
    { what: 'an endless number', bytes: Array.from({ length: 20 }, () => 0xff) },
    { what: 'a wire type that there is not', bytes: [0x17, 1] },
    { what: 'a group that does not end', bytes: [0x0b, 0x0b, 0x0b] },
  ])('with $what is INVALID_ARGUMENT', async ({ bytes }) => {
    const answer = client.send('stat', Uint8Array.from(bytes));
    await expect(answer).rejects.toMatchObject({ ...invalid, details: /not a valid StatSnapshotRequest/ });
    await expectWell();
  });

  it('of any bytes is never INTERNAL', async () => {
    const { methods } = Snapshots;
    const valid = methods.map(({ input }) => {
      const filled = {
        key: 'base',
        name: 'base',
        info: { name: 'base', labels: { a: '1' } },
        filters: ['name==x'],
      };
      return toBinary(input, create(input, filled as MessageInitShape<typeof input>));
    });
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      // A valid one with a few bytes changed.
      fc
        .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
        .map(([bytes, changes]) => {
          const changed = Uint8Array.from(bytes);
          for (const [at, byte] of changes) if (changed.length > 0) changed[at % changed.length] = byte;
          return changed;
        }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), anything, async ({ localName }, bytes) => {
        const error = await client.send(localName as 'stat', bytes).then(
          () => undefined,
          (reason: { code: number }) => reason,
        );
        expect([status.INTERNAL, status.UNKNOWN, status.UNAVAILABLE]).not.toContain(error?.code);
      }),
      { numRuns: 300 },
    );
    await client.call('stat', { key: 'base' }).catch(() => undefined);
    expect(served.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('a call that is given up', () => {
  const cancelled = expect.objectContaining({ method: 'Prepare', code: 'CANCELLED' });

  /** A layer that does not come. */
  async function serveSlowly(): Promise<Served & { asked: Promise<void> }> {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const intercept = (operation: string) => {
      if (operation !== 'fs.mount') return;
      resolve();
      return new Promise<void>(() => undefined);
    };
    return { ...(await serveMemory({ memory: { intercept } })), asked };
  }

  it('by its client is undone, and its key is free', async () => {
    await using slow = await serveSlowly();
    const giveUp = new AbortController();
    const request = { key: 'k', labels: layerLabels('sha256:1') };
    const prepared = slow.client.call('prepare', request, { signal: giveUp.signal });
    await slow.asked;
    giveUp.abort();
    await expect(prepared).rejects.toMatchObject({ code: status.CANCELLED });
    await eventually(() => expect(slow.calls).toContainEqual(cancelled));
    expect(slow.memory.data.dirs.published.size + slow.memory.data.dirs.staged.size).toBe(0);
    expect((await slow.client.call('prepare', { key: 'k' })).mounts).toHaveLength(1);
  });

  it('because its time is over is undone as well', async () => {
    await using slow = await serveSlowly();
    const request = { key: 'k', labels: layerLabels('sha256:1') };
    let isAsked = false;
    void slow.asked.then(() => {
      isAsked = true;
    });
    // On a busy machine a short time may be over before the server has heard of the call.
    for (let deadlineMs = 50; !isAsked; deadlineMs *= 2) {
      const prepared = slow.client.call('prepare', request, { deadlineMs });
      await expect(prepared).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    }
    await eventually(() => expect(slow.calls).toContainEqual(cancelled));
    expect(await slow.client.list([])).toEqual([]);
  });

  it('because its client has died is undone as well', async () => {
    await using slow = await serveSlowly();
    await using relay = await startRelay(slow.address);
    using dying = createSnapshotsClient(relay.address);
    const prepared = dying.call('prepare', { key: 'k', labels: layerLabels('sha256:1') });
    prepared.catch(() => undefined);
    await slow.asked;
    relay.cut();
    await eventually(() => expect(slow.calls).toContainEqual(cancelled));
    expect(await slow.client.list([])).toEqual([]);
  });
});
