import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { startShapedLink } from './shaped-link.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(answer: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    answer(socket);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

function dial(port: number): Socket {
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true });
}

function failureOf(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code)));
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const startedMs = performance.now();
  return { result: await work, ms: performance.now() - startedMs };
}

describe('startShapedLink', () => {
  it('passes bytes unchanged in both directions, and their end', async () => {
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i * 7));
    const targetPort = await serve((socket) => socket.pipe(socket));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e8, delayMs: 1 });
    const client = dial(link.port);
    client.end(sent);
    expect((await buffer(client)).equals(sent)).toBe(true);
  });

  it('takes no less time than the size divided by the rate', async () => {
    const targetPort = await serve((socket) => socket.end(Buffer.alloc(500_000)));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 2_000_000, delayMs: 0 });
    const { result, ms } = await timed(buffer(dial(link.port)));
    expect(result.length).toBe(500_000);
    expect(ms).toBeGreaterThan(245);
  });

  it('divides its rate among connections', async () => {
    const targetPort = await serve((socket) => socket.end(Buffer.alloc(250_000)));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 2_000_000, delayMs: 0 });
    const { ms } = await timed(Promise.all([1, 2].map(() => buffer(dial(link.port)))));
    expect(ms).toBeGreaterThan(245);
  });

  it('delays an answer by a round trip, and the first by the handshake too', async () => {
    const targetPort = await serve((socket) => socket.pipe(socket));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e9, delayMs: 30 });
    const client = dial(link.port);
    const ask = () => {
      client.write('x');
      return once(client, 'data');
    };
    expect((await timed(ask())).ms).toBeGreaterThan(115);
    expect((await timed(ask())).ms).toBeGreaterThan(55);
    client.destroy();
  });

  it('counts what came out at the client, and connections', async () => {
    const targetPort = await serve((socket) => socket.resume().end(Buffer.alloc(1234)));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e9, delayMs: 0 });
    for (let i = 0; i < 2; i++) {
      const client = dial(link.port);
      client.end('question');
      await buffer(client);
    }
    expect(link.count()).toEqual({ bytesDown: 2468, connections: 2 });
  });

  it('keeps no more than a window of what its receiver does not read', async () => {
    let sentBytes = 0;
    const targetPort = await serve((socket) => {
      const chunk = Buffer.alloc(1 << 16);
      const send = () => {
        while (sentBytes < 200 << 20) {
          sentBytes += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', send);
      send();
    });
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e12, delayMs: 0 });
    const client = dial(link.port).pause();
    await once(client, 'connect');
    let before = -1;
    while (before < sentBytes) {
      before = sentBytes;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(sentBytes).toBeLessThan(60 << 20);
    client.destroy();
  });

  it('breaks a connection whose other end breaks', async () => {
    const targetPort = await serve((socket) => socket.on('data', () => socket.resetAndDestroy()));
    await using link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e9, delayMs: 0 });
    const client = dial(link.port);
    client.write('x');
    expect(await failureOf(client)).toBe('ECONNRESET');
  });

  it('breaks all connections when it is disposed of', async () => {
    const targetPort = await serve((socket) => socket.pipe(socket));
    const link = await startShapedLink({ targetPort, rateBytesPerSecond: 1e9, delayMs: 0 });
    const client = dial(link.port);
    client.write('x');
    await once(client, 'data');
    const failure = failureOf(client);
    await link[Symbol.asyncDispose]();
    expect(await failure).toBe('ECONNRESET');
  });
});
