import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { connectRaw, type RawHttp2Client } from '../../../test/raw-http2-client.ts';
import { END_HEADERS, END_STREAM, PADDED, setting, stat, uint32 } from '../../../test/raw-messages.ts';
import { useNativeServer } from '../../../test/use-native-server.ts';
import { PREFACE } from './http2/constants.ts';
import { encodeFrame } from './http2/encode-frame.ts';

const server = useNativeServer();

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
    using client = await connectRaw(server.address);
    act(client);
    expect(await client.goAway()).toBe(code);
    await eventually(() => expect(client.socket.destroyed || client.socket.readableEnded).toBe(true));
    await server.expectWell();
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
        using client = await connectRaw(server.address);
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
    await server.expectWell();
  });

  it('by bytes in place of frames bothers nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, hasPreface) => {
        using client = await connectRaw(server.address);
        if (hasPreface) client.socket.write(PREFACE);
        client.socket.end(bytes);
        await eventually(() => expect(client.socket.closed).toBe(true));
      }),
      { numRuns: 50 },
    );
    await server.expectWell();
  });
});
