import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createTestClient, everythingOf } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { defaultHost } from '../hosts/default-host.ts';

const SECRET = 'token-never-to-be-seen';

/** A server that answers every connection with these bytes, whatever is asked. */
async function answeringWith(bytes: string) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

describe('an answer that is broken', () => {
  test.each([
    ['no HTTP at all', `SSH-2.0 ${SECRET}\r\n`],
    ['a broken header', `HTTP/1.1 200 OK\r\nbad header ${SECRET}\r\n\r\n`],
    ['a broken length', `HTTP/1.1 200 OK\r\ncontent-length: ${SECRET}\r\n\r\n`],
    ['broken chunks', `HTTP/1.1 206 Partial Content\r\ntransfer-encoding: chunked\r\n\r\n${SECRET}\r\n`],
    ['more after its end', `HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nok${SECRET}`],
  ])('because it is %s is an error without what was sent', async (_name, text) => {
    await using server = await answeringWith(text);
    const host = {
      ...defaultHost(server.host),
      baseUrl: new URL(`http://${server.host}/v2`),
      plainHttpFallback: false,
    };
    await using tested = createTestClient({ hosts: { hostsFor: async () => [host] }, attemptsPerHost: 2 });
    const reference = { host: server.host, repository: 'a/b' };
    const blob = await tested.client.openBlob(reference, `sha256:${'0'.repeat(64)}`, { size: 1000 });
    const error = await errorOf(blob.read(0, 10));
    expect(error.message).toMatch(new RegExp(`^registry ${server.host}: blob sha256:.{13} of a/b: `));
    expect([everythingOf(error), ...tested.logged].join('\n')).not.toContain(SECRET);
  });
});
