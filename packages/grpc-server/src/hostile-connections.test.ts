import { once } from 'node:events';
import { type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveMemory } from '../test/serve-memory.ts';

let served: Awaited<ReturnType<typeof serveMemory>>;

beforeAll(async () => {
  served = await serveMemory();
  await served.client.call('prepare', { key: 'base' });
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

/** The server is as well as before. */
async function expectWell(): Promise<void> {
  expect((await served.client.call('stat', { key: 'base' })).info?.name).toBe('base');
  expect(served.logs.lines.filter(({ level }) => level === 'error')).toEqual([]);
}

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
    { what: 'no message', answer: 'UNIMPLEMENTED', body: new Uint8Array() },
    { what: 'two messages', answer: 'UNIMPLEMENTED', body: Buffer.concat([stat, stat]) },
    { what: 'half a message', answer: 'UNIMPLEMENTED', body: stat.subarray(0, 7) },
    {
      what: 'a message that is said to have gigabytes',
      answer: 'RESOURCE_EXHAUSTED',
      body: Uint8Array.from([0, 0x7f, 0xff, 0xff, 0xff, 1]),
    },
    {
      what: 'bad compression',
      answer: 'INTERNAL',
      body: frame([1, 2, 3], 1),
      headers: { 'grpc-encoding': 'gzip' },
    },
    { what: 'a bad deadline', answer: 'INTERNAL', body: stat, headers: { 'grpc-timeout': 'soon' } },
  ])('with $what is $answer', async ({ body, headers, answer }) => {
    expect(await post(body, headers)).toBe(answer);
    await expectWell();
  });
});
