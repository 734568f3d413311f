import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startLink } from './start-link.ts';

const { signal } = new AbortController();

it('runs a link in a process of its own, which counts', async () => {
  const server = createServer((socket) => socket.end('12345'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: targetPort } = server.address() as AddressInfo;
  try {
    await using link = await startLink({ targetPort, rateBytesPerSecond: 1e9, delayMs: 0 }, signal);
    expect(String(await buffer(connect(link.port, '127.0.0.1')))).toBe('12345');
    expect(await link.count()).toEqual({ bytesDown: 5, connections: 1 });
  } finally {
    server.close();
  }
});

it('ends the process when it is disposed of', async () => {
  const link = await startLink({ targetPort: 1, rateBytesPerSecond: 1, delayMs: 0 }, signal);
  await link[Symbol.asyncDispose]();
  const [error] = await once(connect(link.port, '127.0.0.1'), 'error').catch((thrown) => [thrown]);
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
});
