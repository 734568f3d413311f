import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/eventually.ts';
import { connectRaw } from '../../../test/raw-http2-client.ts';
import {
  dataOf,
  END_HEADERS,
  END_STREAM,
  framed,
  PADDED,
  setting,
  stat,
  statMessage,
  statusOf,
  uint32,
} from '../../../test/raw-messages.ts';
import { useNativeServer } from '../../../test/use-native-server.ts';

const server = useNativeServer();

describe('a call', () => {
  it('that comes byte by byte, in padded frames and long headers, is answered', async () => {
    using client = await connectRaw(server.address);
    client.open(1, { 'x-long': 'y'.repeat(15_000) });
    for (const byte of stat) client.send('DATA', PADDED, 1, Buffer.of(3, byte, 0, 0, 0));
    client.send('DATA', END_STREAM, 1);
    expect(await statusOf(client, 1)).toBe(0);
    expect(dataOf(client, 1).toString()).toContain('base');
    // What padding has taken of the window is given back.
    expect((await client.frame('WINDOW_UPDATE', 1)).payload.readUInt32BE()).toBe(4);
  });

  it('is answered no faster than the windows allow, and wholly in the end', async () => {
    using client = await connectRaw(server.address, setting(4, 10));
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
    using client = await connectRaw(server.address, setting(4, 1));
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
    using client = await connectRaw(server.address);
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
    using client = await connectRaw(server.address);
    client.open(1);
    client.send('DATA', 0, 1, Buffer.of(0, 0, 2, 0, 0, 1));
    expect(await statusOf(client, 1)).toBe(8);
    expect((await client.frame('RST_STREAM', 1)).payload.readUInt32BE()).toBe(0);
    // What was under way until the client heard of it does no harm.
    client.send('DATA', END_STREAM, 1, Buffer.alloc(1000));
    await server.expectWell();
  });

  it('with more headers than are allowed is RESOURCE_EXHAUSTED, and the next one is well', async () => {
    using client = await connectRaw(server.address);
    // One large entry of the table, named very often: RFC 7541, section 7.3.
    const bomb = Buffer.concat([Buffer.from('40017820', 'hex'), Buffer.alloc(32, 'v')]);
    client.send('HEADERS', END_HEADERS | END_STREAM, 1, Buffer.concat([bomb, Buffer.alloc(10_000, 0xbe)]));
    expect(await statusOf(client, 1)).toBe(8);
    client.open(3);
    client.send('DATA', END_STREAM, 3, stat);
    expect(await statusOf(client, 3)).toBe(0);
  });

  it('with names in upper case is reset', async () => {
    using client = await connectRaw(server.address);
    client.open(1, { 'X-Upper': '1' });
    expect((await client.frame('RST_STREAM', 1)).payload.readUInt32BE()).toBe(1);
  });

  it('beyond the number that may be open is refused, and all others are answered', async () => {
    using client = await connectRaw(server.address);
    for (let id = 1; id <= 2 * 1024 + 1; id += 2) client.open(id);
    expect((await client.frame('RST_STREAM', 2 * 1024 + 1)).payload.readUInt32BE()).toBe(7);
    client.send('DATA', END_STREAM, 1, stat);
    expect(await statusOf(client, 1)).toBe(0);
    client.open(2 * 1024 + 3);
    client.send('DATA', END_STREAM, 2 * 1024 + 3, stat);
    expect(await statusOf(client, 2 * 1024 + 3)).toBe(0);
  });

  it('that is one of too many large ones is refused, so that memory has a bound', async () => {
    using client = await connectRaw(server.address);
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
