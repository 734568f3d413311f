import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Fault } from '@sluice/testkit/registry';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { SIZE, useTestBlob } from '../../test/use-test-blob.ts';

const context = useTestBlob();
const { blobRequests, open, readsRight } = context;

describe('a registry that fails once', () => {
  const faults: readonly Fault[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 502 },
    { kind: 'status', status: 503, headers: { 'retry-after': '0' } },
    { kind: 'status', status: 408 },
    { kind: 'hang' },
    { kind: 'reset', afterBytes: 0 },
    { kind: 'reset', afterBytes: 1000 },
    { kind: 'truncate', afterBytes: 0 },
    { kind: 'truncate', afterBytes: 70_000 },
    { kind: 'short', bytes: 1 },
    { kind: 'long', bytes: 1 },
    { kind: 'stall', afterBytes: 0 },
    { kind: 'stall', afterBytes: 5000 },
    { kind: 'drip', bytes: 10, pauseMs: 20 },
    { kind: 'wrong-range', shift: 1 },
    { kind: 'wrong-range', shift: -1000 },
    { kind: 'content-range', value: undefined },
    { kind: 'content-range', value: 'bytes 0-0/1' },
    { kind: 'content-range', value: `bytes 5000-104999/${SIZE + 1}` },
    { kind: 'content-range', value: 'nonsense' },
    { kind: 'status', status: 206, body: 'no content range' },
    { kind: 'status', status: 204 },
  ];
  test.each(faults.map((fault) => [JSON.stringify(fault), fault] as const))(
    'is asked again after %s',
    async (_name, fault) => {
      context.registry.faults.next('blob', fault);
      await readsRight(5000, 100_000);
      expect(blobRequests()).toHaveLength(2);
      expect(context.tested.logged.filter((line) => line.includes('request failed'))).toHaveLength(1);
    },
  );

  test('is asked again after 429, not before the time it asked for', async () => {
    context.registry.faults.next('blob', { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const startedMs = performance.now();
    await readsRight(0, 10);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  test('is asked again at the date that Retry-After names', async () => {
    const startedMs = performance.now();
    const date = new Date(Date.now() + 2000).toUTCString();
    context.registry.faults.next('blob', { kind: 'status', status: 503, headers: { 'retry-after': date } });
    await readsRight(0, 10);
    // The date has whole seconds.
    expect(performance.now() - startedMs).toBeGreaterThan(900);
  });

  test('is not waited for longer than the client is willing to', async () => {
    context.registry.faults.next('blob', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
    const error = await errorOf((await open()).read(0, 10));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.retryAfterMs).toBe(3_600_000);
    expect(error.message).toContain('too many requests (HTTP 429)');
    expect(blobRequests()).toHaveLength(1);
  });
});

describe('a registry that ignores ranges', () => {
  test.each<Fault>([{ kind: 'ignore-range' }, { kind: 'unchunked' }])(
    'is read up to the end of the range: $kind',
    async (fault) => {
      context.registry.faults.always(() => fault);
      await readsRight(0, 10);
      await readsRight(100_000, 100_000);
      await readsRight(SIZE - 1, 1);
      await readsRight(0, SIZE);
      expect(blobRequests()).toHaveLength(4);
    },
  );

  test('is not read to the end of a big blob', async () => {
    const big = context.registry.addBlob(new Uint8Array(64 * 1024 * 1024));
    context.registry.faults.always(() => ({ kind: 'ignore-range' }));
    const blob = await context.tested.client.openBlob(context.reference, big, { size: 64 * 1024 * 1024 });
    await blob.read(0, 1000);
    await expect.poll(() => context.tested.reports.filter(({ status }) => status === 200).length).toBe(1);
    expect(context.tested.reports.find(({ status }) => status === 200)?.bytes).toBeLessThan(4 * 1024 * 1024);
    expect(context.registry.requests[0]?.bytesSent).toBeLessThan(32 * 1024 * 1024);
  });

  test('is given up where too much would have to be thrown away', async () => {
    await using client = createTestClient({ maxUnrangedBytes: 1000 });
    context.registry.faults.always(() => ({ kind: 'ignore-range' }));
    const blob = await client.client.openBlob(context.reference, context.digest, { size: SIZE });
    expect(await blob.read(0, 1000)).toHaveLength(1000);
    const error = await errorOf(blob.read(1, 1000));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('does not serve ranges');
    expect(blobRequests()).toHaveLength(2);
  });

  test('and has a blob of another size is an error', async () => {
    context.registry.faults.always(() => ({ kind: 'ignore-range' }));
    const error = await errorOf((await open(SIZE + 1)).read(0, 10));
    expect(error.message).toContain(`has ${SIZE} bytes instead of ${SIZE + 1}`);
  });
});

describe('a registry that keeps failing', () => {
  const message = (cause: string, digest = context.digest) => {
    const short = `${digest.slice(0, 'sha256:'.length + 12)}…`;
    return `registry ${context.registry.host}: blob ${short} of library/py: ${cause}`;
  };

  test.each<[Fault, string, string, number]>([
    [{ kind: 'status', status: 500 }, 'UNAVAILABLE', 'the server failed (HTTP 500)', 4],
    [{ kind: 'status', status: 404 }, 'NOT_FOUND', 'not there (HTTP 404)', 1],
    [{ kind: 'status', status: 403 }, 'FORBIDDEN', 'the registry denies access (HTTP 403)', 1],
    [{ kind: 'status', status: 400 }, 'BAD_RESPONSE', 'unexpected answer (HTTP 400)', 1],
    [{ kind: 'hang' }, 'UNAVAILABLE', 'connected, but no answer in time', 4],
    [{ kind: 'reset', afterBytes: 10 }, 'UNAVAILABLE', 'the connection broke', 4],
    [
      { kind: 'stall', afterBytes: 10 },
      'UNAVAILABLE',
      'the answer stalled: fewer than 4096 bytes in 150 ms',
      4,
    ],
    [{ kind: 'short', bytes: 5 }, 'BAD_RESPONSE', 'the answer ended after 999995 of 1000000 bytes', 4],
    [{ kind: 'long', bytes: 5 }, 'BAD_RESPONSE', 'more bytes than the 1000000 asked for', 4],
    [{ kind: 'wrong-range', shift: 1 }, 'BAD_RESPONSE', 'bytes 1-1000000 came instead of 0-999999', 4],
    [
      { kind: 'content-range', value: undefined },
      'BAD_RESPONSE',
      'a partial answer without a usable Content-Range (none)',
      4,
    ],
    [
      { kind: 'encoding', value: 'gzip' },
      'BAD_RESPONSE',
      'the answer is encoded as gzip although that was refused',
      4,
    ],
  ])('with %j ends in %s within its attempts', async (fault, code, cause, requests) => {
    const big = randomBytes(1_500_000);
    const digest = context.registry.addBlob(big);
    context.registry.faults.always(() => fault);
    const blob = await context.tested.client.openBlob(context.reference, digest, { size: big.length });
    const error = await errorOf(blob.read(0, 1_000_000));
    expect(error.code).toBe(code);
    expect(error.message).toBe(message(cause, digest));
    expect(blobRequests()).toHaveLength(requests);
  });

  test('with 416 says what that means, and is not asked again', async () => {
    const error = await errorOf((await open(SIZE + 1000)).read(SIZE, 1000));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toBe(
      message(
        `the registry says that the blob ends before byte ${SIZE + 1000} (HTTP 416); its size must be ${SIZE + 1000}`,
      ),
    );
    expect(blobRequests()).toHaveLength(1);
  });

  test('because it is not there says so', async () => {
    await context.registry[Symbol.asyncDispose]();
    const error = await errorOf((await open()).read(0, 10));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toBe(message('connection refused; is the registry running?'));
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('because its name is unknown says so', async () => {
    const error = await errorOf(
      context.tested.client.openBlob({ host: 'registry.invalid', repository: 'a' }, context.digest),
    );
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toMatch(/^registry registry\.invalid: blob .* of a: the host name /);
  });

  test('because it accepts connections and never speaks is given up', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      await using client = createTestClient({ attemptsPerHost: 1 });
      const error = await errorOf(
        client.client.openBlob({ host: `127.0.0.1:${port}`, repository: 'a' }, context.digest),
      );
      expect(error.code).toBe('UNAVAILABLE');
      expect(error.message).toContain('no connection in time');
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
