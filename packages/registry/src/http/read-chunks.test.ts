import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';

/** Another thread: what this thread does must not hold the server up. */
const SERVER = `
  const { createServer } = require('node:http');
  const { parentPort } = require('node:worker_threads');
  const server = createServer((request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 0-199999/200000', 'content-length': 200000 });
    response.write(Buffer.alloc(100));
    setTimeout(() => response.end(Buffer.alloc(199900)), 400);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('the progress floor', () => {
  test('does not take a pause of this thread for a stall of the server', async () => {
    const worker = new Worker(SERVER, { eval: true });
    try {
      const [port] = (await once(worker, 'message')) as [number];
      await using tested = createTestClient({ stallTimeoutMs: 500, attemptsPerHost: 1 });
      const reference = { host: `127.0.0.1:${port}`, repository: 'a' };
      const blob = await tested.client.openBlob(reference, `sha256:${'0'.repeat(64)}`, { size: 200_000 });
      // The first request settles that the server speaks plain HTTP.
      await blob.read(0, 200_000);
      const read = blob.read(0, 200_000);
      await new Promise((resolve) => setTimeout(resolve, 150));
      // From here on in the phase of the event loop that timers follow.
      await stat('/');
      const until = performance.now() + 600;
      while (performance.now() < until);
      expect(await read).toHaveLength(200_000);
    } finally {
      await worker.terminate();
    }
  });
});
