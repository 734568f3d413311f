import { once } from 'node:events';
import { type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
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

describe('a connection', () => {
  async function open(): Promise<Socket> {
    const socket = connect(served.address);
    await once(socket, 'connect');
    return socket.on('error', () => undefined);
  }

  it.each([
    { what: 'HTTP/1', bytes: 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' },
    { what: 'noise', bytes: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)) },
    { what: 'a preface and then noise', bytes: `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'x'.repeat(100)}` },
  ])('that speaks $what is ended', async ({ bytes }) => {
    const socket = await open();
    socket.resume().write(bytes);
    await once(socket, 'close');
    await expectWell();
  });

  it('that says nothing, or half of something, or only reads, bothers nobody', async () => {
    const sockets = await Promise.all([open(), open(), open()]);
    sockets[1]!.write('PRI * HTTP/2.0\r\n');
    sockets[2]!.end();
    await expectWell();
    for (const socket of sockets) socket.destroy();
    await expectWell();
  });

  it('that says nothing does not keep the server from closing', async () => {
    await using other = await serveMemory({ server: { closeTimeoutMs: 50 } });
    const socket = connect(other.address);
    await once(socket, 'connect');
    await other.server.close();
    socket.destroy();
  });

  it('may come and go a thousand times', async () => {
    for (let i = 0; i < 20; i++) {
      const sockets = await Promise.all(Array.from({ length: 50 }, open));
      // The server speaks first. Not to wait for it would fill the queue of those that are to be accepted.
      await Promise.all(sockets.map((socket) => once(socket, 'data')));
      for (const socket of sockets) socket.destroy();
    }
    await expectWell();
  });
});

describe('HTTP/2 by hand', () => {
  const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH, HTTP2_HEADER_CONTENT_TYPE } = constants;

  /** Sends a body to a path, and resolves with the gRPC status of the answer; 'reset' if the stream is reset. */
  async function post(body: Uint8Array, headers: Record<string, string> = {}): Promise<string> {
    const session = connectHttp2('http://localhost', { createConnection: () => connect(served.address) });
    session.on('error', () => undefined);
    const stream: ClientHttp2Stream = session.request({
      [HTTP2_HEADER_METHOD]: 'POST',
      [HTTP2_HEADER_PATH]: '/containerd.services.snapshots.v1.Snapshots/Stat',
      [HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    const read = (got: Record<string, unknown>) => {
      if ('grpc-status' in got) resolve(status[Number(got['grpc-status'])]!);
      else if (got[':status'] !== 200 && ':status' in got) resolve(`HTTP ${got[':status']}`);
    };
    stream
      .on('response', read)
      .on('trailers', read)
      .on('error', () => resolve('reset'))
      .on('close', () => resolve('reset'));
    stream.resume().end(body);
    const answer = await promise;
    session.destroy();
    return answer;
  }

  /** One message of gRPC: flag of compression, length, bytes. */
  const frame = (bytes: number[], flag = 0) => Uint8Array.from([flag, 0, 0, 0, bytes.length, ...bytes]);
  const stat = frame([0x12, 4, ...Buffer.from('base')]);

  it('is answered when it is right', async () => {
    expect(await post(stat)).toBe('OK');
  });

  it.each([
    { what: 'a method that there is not', headers: { ':path': '/x.Y/Z' }, answer: 'UNIMPLEMENTED' },
    { what: 'another kind of content', headers: { 'content-type': 'text/html' }, answer: 'HTTP 415' },
    {
      what: 'a compression that there is not',
      headers: { 'grpc-encoding': 'br' },
      flag: 1,
      answer: 'UNIMPLEMENTED',
    },
  ])('with $what is $answer', async ({ headers, answer, flag = 0 }) => {
    expect(await post(frame([0x12, 4, ...Buffer.from('base')], flag), headers)).toBe(answer);
    await expectWell();
  });

  it.each([
    { what: 'no message', body: new Uint8Array() },
    { what: 'two messages', body: Buffer.concat([stat, stat]) },
    { what: 'half a message', body: stat.subarray(0, 7) },
    {
      what: 'a message that is said to have gigabytes',
      body: Uint8Array.from([0, 0x7f, 0xff, 0xff, 0xff, 1]),
    },
    { what: 'bad compression', body: frame([1, 2, 3], 1), headers: { 'grpc-encoding': 'gzip' } },
    { what: 'a bad deadline', body: stat, headers: { 'grpc-timeout': 'soon' } },
  ])('with $what is refused', async ({ body, headers }) => {
    expect(await post(body, headers)).not.toBe('OK');
    await expectWell();
  });
});
