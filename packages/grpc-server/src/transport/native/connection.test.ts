import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { connectRaw, type RawHttp2Client } from '../../../test/raw-http2-client.ts';
import { serveMemory } from '../../../test/serve-memory.ts';
import { transportUnderTest } from '../../../test/transport-under-test.ts';
import { FrameType, PREFACE } from './http2/constants.ts';
import { encodeFrame } from './http2/encode-frame.ts';

const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;

let served: Awaited<ReturnType<typeof serveMemory>>;

beforeAll(async () => {
  transportUnderTest.name = 'native';
  served = await serveMemory({ server: { maxRequestBytes: 100_000 } });
  await served.client.call('prepare', { key: 'base', labels: { a: 'x'.repeat(2000) } });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

/** The server is as well as before. */
async function expectWell(): Promise<void> {
  expect((await served.client.call('stat', { key: 'base' })).info?.name).toBe('base');
  expect(served.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
}

const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
};

const setting = (id: number, value: number) => Buffer.concat([Buffer.of(0, id), uint32(value)]);

/** A message of gRPC. */
const framed = (message: Uint8Array, flag = 0) =>
  Buffer.concat([Buffer.of(flag), uint32(message.length), message]);

const statMessage = Buffer.from('\x12\x04base');
const stat = framed(statMessage);

/** The status of a call, once it is there. */
async function statusOf(client: RawHttp2Client, streamId: number): Promise<number> {
  const last = () =>
    client.frames.find(
      (frame) => frame.streamId === streamId && frame.type === 'HEADERS' && frame.flags & END_STREAM,
    );
  await eventually(() => expect(last()).toBeDefined());
  const text = last()!.payload.toString('latin1');
  return Number(/grpc-status.(\d+)/s.exec(text)?.[1]);
}

/** All that came as data of a stream. */
const dataOf = (client: RawHttp2Client, streamId: number) =>
  Buffer.concat(
    client.frames.flatMap((frame) =>
      frame.type === 'DATA' && frame.streamId === streamId ? [frame.payload] : [],
    ),
  );

describe('a client that breaks the protocol', () => {
  const cases: { what: string; code: string; act: (client: RawHttp2Client) => void }[] = [
    {
      what: 'sends a frame that is too long',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('DATA', 0, 1, Buffer.alloc(16_385)),
    },
    {
      what: 'sends data of a stream that it did not open',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('DATA', 0, 7, Buffer.alloc(1)),
    },
    {
      what: 'sends data of stream 0',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('DATA', 0, 0, Buffer.alloc(1)),
    },
    { what: 'opens an even stream', code: 'PROTOCOL_ERROR', act: (c) => c.open(2) },
    {
      what: 'sends headers that cannot be decoded',
      code: 'COMPRESSION_ERROR',
      act: (c) => c.send('HEADERS', END_HEADERS, 1, Buffer.of(0x80)),
    },
    {
      what: 'sends something within a header block',
      code: 'PROTOCOL_ERROR',
      act: (c) => {
        c.send('HEADERS', 0, 1, Buffer.of(0x83));
        c.send('PING', 0, 0, Buffer.alloc(8));
      },
    },
    {
      what: 'continues headers of another stream',
      code: 'PROTOCOL_ERROR',
      act: (c) => {
        c.send('HEADERS', 0, 1, Buffer.of(0x83));
        c.send('CONTINUATION', END_HEADERS, 3, Buffer.of(0x83));
      },
    },
    {
      what: 'continues no headers',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('CONTINUATION', END_HEADERS, 1),
    },
    {
      what: 'continues headers without end',
      code: 'ENHANCE_YOUR_CALM',
      act: (c) => {
        c.send('HEADERS', 0, 1, Buffer.of(0x83));
        for (let i = 0; i < 5; i++) c.send('CONTINUATION', 0, 1, Buffer.alloc(16_000, 0x83));
      },
    },
    {
      what: 'continues headers by nothing',
      code: 'ENHANCE_YOUR_CALM',
      act: (c) => {
        c.send('HEADERS', 0, 1, Buffer.of(0x83));
        c.send('CONTINUATION', 0, 1);
      },
    },
    { what: 'pushes', code: 'PROTOCOL_ERROR', act: (c) => c.send('PUSH_PROMISE', END_HEADERS, 1) },
    { what: 'pings a stream', code: 'PROTOCOL_ERROR', act: (c) => c.send('PING', 0, 1, Buffer.alloc(8)) },
    {
      what: 'pings too briefly',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('PING', 0, 0, Buffer.alloc(7)),
    },
    {
      what: 'resets a stream that it did not open',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('RST_STREAM', 0, 5, uint32(8)),
    },
    {
      what: 'resets by three bytes',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('RST_STREAM', 0, 1, Buffer.alloc(3)),
    },
    { what: 'makes settings of a stream', code: 'PROTOCOL_ERROR', act: (c) => c.send('SETTINGS', 0, 1) },
    {
      what: 'makes half a setting',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('SETTINGS', 0, 0, Buffer.alloc(5)),
    },
    {
      what: 'acknowledges settings with settings',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('SETTINGS', 1, 0, setting(4, 1)),
    },
    {
      what: 'sets a window of 2 GiB',
      code: 'FLOW_CONTROL_ERROR',
      act: (c) => c.send('SETTINGS', 0, 0, setting(4, 2 ** 31)),
    },
    {
      what: 'sets frames of a byte',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('SETTINGS', 0, 0, setting(5, 1)),
    },
    {
      what: 'sets pushing to 2',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('SETTINGS', 0, 0, setting(2, 2)),
    },
    {
      what: 'widens its window by nothing',
      code: 'PROTOCOL_ERROR',
      act: (c) => c.send('WINDOW_UPDATE', 0, 0, uint32(0)),
    },
    {
      what: 'widens its window beyond 2 GiB',
      code: 'FLOW_CONTROL_ERROR',
      act: (c) => c.send('WINDOW_UPDATE', 0, 0, uint32(2 ** 31 - 1)),
    },
    {
      what: 'widens its window by three bytes',
      code: 'FRAME_SIZE_ERROR',
      act: (c) => c.send('WINDOW_UPDATE', 0, 0, Buffer.alloc(3)),
    },
    {
      what: 'pads more than there is',
      code: 'PROTOCOL_ERROR',
      act: (c) => {
        c.open(1);
        c.send('DATA', PADDED, 1, Buffer.of(9, 0));
      },
    },
    {
      what: 'does not end a stream by trailers',
      code: 'PROTOCOL_ERROR',
      act: (c) => {
        c.open(1);
        c.open(1);
      },
    },
    {
      what: 'widens its windows beyond 2 GiB by a setting',
      code: 'FLOW_CONTROL_ERROR',
      act: (c) => {
        c.open(1);
        c.send('WINDOW_UPDATE', 0, 1, uint32(2 ** 31 - 1 - 65_535));
        c.send('SETTINGS', 0, 0, setting(4, 65_536));
      },
    },
  ];

  it.each(cases)('because it $what is told $code, and its connection ends', async ({ code, act }) => {
    using client = await connectRaw(served.address);
    act(client);
    expect(await client.goAway()).toBe(code);
    await eventually(() => expect(client.socket.destroyed || client.socket.readableEnded).toBe(true));
    await expectWell();
  });

  it('in any way bothers nobody else', async () => {
    const frame = fc.record({
      type: fc.integer({ min: 0, max: 12 }),
      flags: fc.nat(255),
      streamId: fc.oneof(fc.constantFrom(0, 1, 3, 5), fc.nat(2 ** 31 - 1)),
      payload: fc.uint8Array({ maxLength: 40 }),
    });
    const anything = fc.oneof(frame, fc.constantFrom('open' as const, 'stat' as const, 'end' as const));
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { maxLength: 20 }), async (sent) => {
        using client = await connectRaw(served.address);
        for (const [at, one] of sent.entries()) {
          if (one === 'open') client.open(2 * at + 1);
          else if (one === 'stat') client.send('DATA', 0, 1, stat);
          else if (one === 'end') client.send('DATA', END_STREAM, 1);
          else client.socket.write(encodeFrame(one, one.payload));
        }
        client.socket.end();
        await eventually(() => expect(client.socket.closed).toBe(true));
      }),
      { numRuns: 200 },
    );
    await expectWell();
  });

  it('by bytes in place of frames bothers nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, hasPreface) => {
        using client = await connectRaw(served.address);
        if (hasPreface) client.socket.write(PREFACE);
        client.socket.end(bytes);
        await eventually(() => expect(client.socket.closed).toBe(true));
      }),
      { numRuns: 50 },
    );
    await expectWell();
  });
});

describe('a call', () => {
  it('that comes byte by byte, in padded frames and long headers, is answered', async () => {
    using client = await connectRaw(served.address);
    client.open(1, { 'x-long': 'y'.repeat(15_000) });
    for (const byte of stat) client.send('DATA', PADDED, 1, Buffer.of(3, byte, 0, 0, 0));
    client.send('DATA', END_STREAM, 1);
    expect(await statusOf(client, 1)).toBe(0);
    expect(dataOf(client, 1).toString()).toContain('base');
    // What padding has taken of the window is given back.
    expect((await client.frame('WINDOW_UPDATE', 1)).payload.readUInt32BE()).toBe(4);
  });

  it('is answered no faster than the windows allow, and wholly in the end', async () => {
    using client = await connectRaw(served.address, setting(4, 10));
    client.open(1);
    client.send('DATA', END_STREAM, 1, stat);
    await client.frame('DATA');
    expect(dataOf(client, 1)).toHaveLength(10);
    client.send('WINDOW_UPDATE', 0, 1, uint32(7));
    await eventually(() => expect(dataOf(client, 1)).toHaveLength(17));
    // A window may even become negative: RFC 9113, section 6.9.2.
    client.send('SETTINGS', 0, 0, setting(4, 0));
    client.send('WINDOW_UPDATE', 0, 1, uint32(10));
    client.send('WINDOW_UPDATE', 0, 1, uint32(3));
    await eventually(() => expect(dataOf(client, 1)).toHaveLength(20));
    client.send('SETTINGS', 0, 0, setting(4, 100_000));
    expect(await statusOf(client, 1)).toBe(0);
    const answer = dataOf(client, 1);
    expect(answer).toHaveLength(5 + answer.readUInt32BE(1));
  });

  it('whose stream gets a window of nothing, or of too much, is reset alone', async () => {
    using client = await connectRaw(served.address, setting(4, 1));
    for (const [id, bytes] of [
      [1, 0],
      [3, 2 ** 31 - 1],
    ] as const) {
      client.open(id);
      client.send('WINDOW_UPDATE', 0, id, uint32(bytes));
      expect((await client.frame('RST_STREAM', id)).payload.readUInt32BE()).toBe(bytes === 0 ? 1 : 3);
    }
    client.send('SETTINGS', 0, 0, setting(4, 65_535));
    client.open(5);
    client.send('DATA', END_STREAM, 5, stat);
    expect(await statusOf(client, 5)).toBe(0);
  });

  it('may be compressed, and is refused where it becomes too long', async () => {
    using client = await connectRaw(served.address);
    client.open(1, { 'grpc-encoding': 'gzip' });
    client.send('DATA', END_STREAM, 1, framed(gzipSync(statMessage), 1));
    expect(await statusOf(client, 1)).toBe(0);
    client.open(3, { 'grpc-encoding': 'gzip' });
    client.send('DATA', END_STREAM, 3, framed(gzipSync(Buffer.alloc(100_001)), 1));
    expect(await statusOf(client, 3)).toBe(8);
    client.open(5);
    client.send('DATA', END_STREAM, 5, framed(statMessage, 1));
    expect(await statusOf(client, 5)).toBe(13);
  });

  it('that is refused before its end is not waited for', async () => {
    using client = await connectRaw(served.address);
    client.open(1);
    client.send('DATA', 0, 1, Buffer.of(0, 0, 2, 0, 0, 1));
    expect(await statusOf(client, 1)).toBe(8);
    expect((await client.frame('RST_STREAM', 1)).payload.readUInt32BE()).toBe(0);
    // What was under way until the client heard of it does no harm.
    client.send('DATA', END_STREAM, 1, Buffer.alloc(1000));
    await expectWell();
  });

  it('with more headers than are allowed is RESOURCE_EXHAUSTED, and the next one is well', async () => {
    using client = await connectRaw(served.address);
    // One large entry of the table, named very often: RFC 7541, section 7.3.
    const bomb = Buffer.concat([Buffer.from('40017820', 'hex'), Buffer.alloc(32, 'v')]);
    client.send('HEADERS', END_HEADERS | END_STREAM, 1, Buffer.concat([bomb, Buffer.alloc(10_000, 0xbe)]));
    expect(await statusOf(client, 1)).toBe(8);
    client.open(3);
    client.send('DATA', END_STREAM, 3, stat);
    expect(await statusOf(client, 3)).toBe(0);
  });

  it('with names in upper case is reset', async () => {
    using client = await connectRaw(served.address);
    client.open(1, { 'X-Upper': '1' });
    expect((await client.frame('RST_STREAM', 1)).payload.readUInt32BE()).toBe(1);
  });

  it('beyond the number that may be open is refused, and all others are answered', async () => {
    using client = await connectRaw(served.address);
    for (let id = 1; id <= 2 * 1024 + 1; id += 2) client.open(id);
    expect((await client.frame('RST_STREAM', 2 * 1024 + 1)).payload.readUInt32BE()).toBe(7);
    client.send('DATA', END_STREAM, 1, stat);
    expect(await statusOf(client, 1)).toBe(0);
    client.open(2 * 1024 + 3);
    client.send('DATA', END_STREAM, 2 * 1024 + 3, stat);
    expect(await statusOf(client, 2 * 1024 + 3)).toBe(0);
  });

  it('that is one of too many large ones is refused, so that memory has a bound', async () => {
    using client = await connectRaw(served.address);
    // Ten requests that are never complete, of 90 000 bytes each: four times the limit of one are held.
    const ids = Array.from({ length: 10 }, (_, at) => 2 * at + 1);
    for (const id of ids) {
      client.open(id);
      client.send('DATA', 0, id, Buffer.concat([Buffer.of(0), uint32(95_000), Buffer.alloc(10_000)]));
      for (let i = 0; i < 8; i++) client.send('DATA', 0, id, Buffer.alloc(10_000));
    }
    const isRefused = () => client.frames.some(({ type, flags }) => type === 'HEADERS' && flags & END_STREAM);
    await eventually(() => expect(isRefused()).toBe(true));
    client.open(101);
    client.send('DATA', END_STREAM, 101, stat);
    expect(await statusOf(client, 101)).toBe(0);
  });
});

describe('a connection', () => {
  it('answers pings and settings', async () => {
    using client = await connectRaw(served.address);
    client.send('PING', 0, 0, Buffer.from('12345678'));
    expect((await client.frame('PING')).payload.toString()).toBe('12345678');
    await eventually(() => expect(client.frames.filter(({ type }) => type === 'SETTINGS')).toHaveLength(2));
    expect(client.frames.find(({ type, flags }) => type === 'SETTINGS' && flags === 1)).toBeDefined();
  });

  it('on which nobody reads is not read either, and holds up nobody', async () => {
    using client = await connectRaw(served.address);
    client.socket.pause();
    const ping = encodeFrame({ type: FrameType.PING, flags: 0, streamId: 0 }, Buffer.alloc(8));
    const many = Buffer.concat(Array.from({ length: 10_000 }, () => ping));
    // Far more answers than the socket takes.
    for (let i = 0; i < 40; i++) client.socket.write(many);
    await expectWell();
    expect(client.socket.writableLength).toBeGreaterThan(0);
    client.socket.resume();
    await eventually(() => expect(client.socket.writableLength).toBe(0));
  });

  it('is told that no more calls are taken, and ends after the last one', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    await using other = await serveMemory({
      memory: {
        intercept: (operation) => {
          if (operation !== 'dirs.publish') return;
          asked.resolve();
          return released;
        },
      },
    });
    using client = await connectRaw(other.address);
    client.open(1, { ':path': '/containerd.services.snapshots.v1.Snapshots/Prepare' });
    client.send('DATA', END_STREAM, 1, stat);
    await asked.promise;
    const closed = other.server.close();
    expect(await client.goAway()).toBe('NO_ERROR');
    expect((await client.frame('GOAWAY')).payload.readUInt32BE()).toBe(1);
    client.open(3);
    expect((await client.frame('RST_STREAM', 3)).payload.readUInt32BE()).toBe(7);
    release();
    expect(await statusOf(client, 1)).toBe(0);
    await closed;
  });
});
