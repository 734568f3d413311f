import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { type DelayingProxy, startDelayingProxy } from './delaying-proxy.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function startBehind(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  delayMs = 0,
): Promise<DelayingProxy & { url: string }> {
  const server = createServer(answer);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: targetPort } = server.address() as AddressInfo;
  const proxy = await startDelayingProxy({ targetPort, host: '127.0.0.1', port: 0, delayMs });
  return { ...proxy, url: `http://127.0.0.1:${proxy.port}` };
}

describe('startDelayingProxy', () => {
  it('hands requests and answers on as they are, and counts them', async () => {
    await using proxy = await startBehind(async (request, response) => {
      const body = await text(request);
      response.writeHead(206, { 'content-range': 'bytes 1-3/9', 'x-method': request.method });
      response.end(`${request.url} ${request.headers.range} ${body}`);
    });
    const options = { method: 'POST', headers: { range: 'bytes=1-3' }, body: 'question' };
    const answer = await fetch(`${proxy.url}/v2/a?b=c`, options);
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe('bytes 1-3/9');
    expect(answer.headers.get('x-method')).toBe('POST');
    expect(await answer.text()).toBe('/v2/a?b=c bytes=1-3 question');
    expect(proxy.requests()).toBe(1);
  });

  it('delays each request, and those that come together together', async () => {
    await using proxy = await startBehind((_, response) => response.end('x'), 100);
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 50 }, async () => (await fetch(proxy.url)).text()));
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(99);
    // One after the other they take 5000.
    expect(tookMs).toBeLessThan(2500);
  });

  it('breaks off what its server breaks off', async () => {
    await using proxy = await startBehind((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('some', () => response.destroy());
    });
    const answer = await fetch(proxy.url);
    await expect(answer.text()).rejects.toThrow();
  });

  it('breaks all connections when it is disposed of', async () => {
    const proxy = await startBehind(() => {});
    const waiting = fetch(proxy.url).then(
      () => 'answered',
      () => 'broken',
    );
    while (proxy.requests() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await proxy[Symbol.asyncDispose]();
    expect(await waiting).toBe('broken');
  });
});
