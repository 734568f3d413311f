import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createTestRegistry, type Fault, type TestRegistry } from '@sluice/testkit/registry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestClient, type TestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import type { ImageReference } from '../image-reference.ts';

const SIZE = 400_000;
const bytes = randomBytes(SIZE);

let registry: TestRegistry;
let tested: TestClient;
let digest: string;
let reference: ImageReference;

beforeEach(async () => {
  registry = await createTestRegistry();
  tested = createTestClient();
  digest = registry.addBlob(bytes);
  reference = { host: registry.host, repository: 'library/py' };
});
afterEach(async () => {
  await tested[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const open = (size: number | undefined = SIZE) =>
  tested.client.openBlob(reference, digest, size === undefined ? {} : { size });

/** Where the requests went, without the failed TLS handshake, which no server logs. */
const blobRequests = () => registry.requests.filter(({ kind }) => kind === 'blob');

async function readsRight(offset: number, length: number): Promise<void> {
  const blob = await open();
  const read = await blob.read(offset, length);
  expect(Buffer.from(read).equals(bytes.subarray(offset, offset + length))).toBe(true);
}

describe('a blob', () => {
  test('is opened without a request where its size is known', async () => {
    expect((await open()).size).toBe(SIZE);
    expect(registry.requests).toEqual([]);
  });

  test('learns its size from a range of one byte, not from HEAD', async () => {
    const blob = await tested.client.openBlob(reference, digest);
    expect(blob.size).toBe(SIZE);
    expect(registry.requests.map(({ method, headers }) => [method, headers.range])).toEqual([
      ['GET', 'bytes=0-0'],
    ]);
  });

  test('learns its size from a registry that ignores ranges', async () => {
    registry.faults.always(() => ({ kind: 'ignore-range' }));
    expect((await tested.client.openBlob(reference, digest)).size).toBe(SIZE);
  });

  test('tells what has come in while it is being read, and begins anew after a retry', async () => {
    registry.faults.next('blob', { kind: 'truncate', afterBytes: 100_000 });
    const blob = await open();
    const seen: number[] = [];
    const onBytes = (read: Uint8Array, filled: number) => {
      seen.push(filled);
      expect(Buffer.from(read.subarray(0, filled)).equals(bytes.subarray(50_000, 50_000 + filled))).toBe(
        true,
      );
    };
    await blob.read(50_000, 300_000, { onBytes });
    expect(seen.at(-1)).toBe(300_000);
    expect(seen.some((filled, at) => filled < (seen[at - 1] ?? 0))).toBe(true);
  });

  test('that is empty has size 0 and reads as nothing', async () => {
    const empty = registry.addBlob(new Uint8Array(0));
    const blob = await tested.client.openBlob(reference, empty);
    expect(blob.size).toBe(0);
    expect(await blob.read(0, 0)).toEqual(new Uint8Array(0));
  });

  test('whose registry does not tell its size is an error', async () => {
    registry.faults.always(() => ({ kind: 'content-range', value: 'bytes 0-0/*' }));
    const error = await errorOf(tested.client.openBlob(reference, digest));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('does not say how long it is');
  });

  test.each([
    ['its first byte', 0, 1],
    ['its last byte', SIZE - 1, 1],
    ['all of it', 0, SIZE],
    ['a range in the middle', 12_345, 200_000],
  ])('reads %s', async (_what, offset, length) => {
    await readsRight(offset, length);
    expect(blobRequests()).toHaveLength(1);
    expect(blobRequests()[0]?.headers).toMatchObject({
      range: `bytes=${offset}-${offset + length - 1}`,
      'accept-encoding': 'identity',
      'user-agent': 'sluice',
    });
  });

  test('is read from localhost by that name', async () => {
    const host = registry.host.replace('127.0.0.1', 'localhost');
    const blob = await tested.client.openBlob({ host, repository: 'library/py' }, digest);
    expect(blob.size).toBe(SIZE);
  });

  test('reads no bytes without a request', async () => {
    expect(await (await open()).read(SIZE, 0)).toHaveLength(0);
    expect(registry.requests).toEqual([]);
  });

  test.each([
    [-1, 1],
    [0, SIZE + 1],
    [SIZE, 1],
    [0.5, 1],
    [0, -1],
    [0, Number.NaN],
    [Number.MAX_SAFE_INTEGER, 2],
  ])('refuses the range of %d, %d without a request', async (offset, length) => {
    const error = await errorOf((await open()).read(offset, length));
    expect(error.code).toBe('INVALID');
    expect(registry.requests).toEqual([]);
  });

  test.each(['sha256:abc', 'latest', `sha256:${'A'.repeat(64)}`, `md5:${'0'.repeat(32)}`, ''])(
    'refuses %j as a digest',
    async (bad) => {
      expect((await errorOf(tested.client.openBlob(reference, bad))).code).toBe('INVALID');
    },
  );

  test.each(['..', 'a/../b', '/a', 'a//b', 'A', 'a?b', ''])(
    'refuses %j as a repository',
    async (repository) => {
      const error = await errorOf(tested.client.openBlob({ host: registry.host, repository }, digest));
      expect(error.code).toBe('INVALID');
    },
  );

  test('reads many ranges at the same time, on no more connections than allowed', async () => {
    await using narrow = createTestClient({ connectionsPerHost: 3 });
    let most = 0;
    registry.faults.always(() => {
      most = Math.max(most, registry.requests.filter(({ bytesSent }) => bytesSent < 8192).length);
      return { kind: 'drip', bytes: 4096, pauseMs: 5 };
    });
    const blob = await narrow.client.openBlob(reference, digest, { size: SIZE });
    const offsets = Array.from({ length: 24 }, (_, i) => i * 10_000);
    const reads = await Promise.all(offsets.map((offset) => blob.read(offset, 8192)));
    expect(
      reads.every((read, i) => Buffer.from(read).equals(bytes.subarray(i * 10_000, i * 10_000 + 8192))),
    ).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('gives memory of its own, which can be moved to another thread', async () => {
    const read = await (await open()).read(0, 10);
    expect(read.buffer.byteLength).toBe(10);
  });
});

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
      registry.faults.next('blob', fault);
      await readsRight(5000, 100_000);
      expect(blobRequests()).toHaveLength(2);
      expect(tested.logged.filter((line) => line.includes('request failed'))).toHaveLength(1);
    },
  );

  test('is asked again after 429, not before the time it asked for', async () => {
    registry.faults.next('blob', { kind: 'status', status: 429, headers: { 'retry-after': '1' } });
    const startedMs = performance.now();
    await readsRight(0, 10);
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  test('is asked again at the date that Retry-After names', async () => {
    const date = new Date(Date.now() + 2000).toUTCString();
    registry.faults.next('blob', { kind: 'status', status: 503, headers: { 'retry-after': date } });
    const startedMs = performance.now();
    await readsRight(0, 10);
    // The date has whole seconds.
    expect(performance.now() - startedMs).toBeGreaterThan(900);
  });

  test('is not waited for longer than the client is willing to', async () => {
    registry.faults.next('blob', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } });
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
      registry.faults.always(() => fault);
      await readsRight(0, 10);
      await readsRight(100_000, 100_000);
      await readsRight(SIZE - 1, 1);
      await readsRight(0, SIZE);
      expect(blobRequests()).toHaveLength(4);
    },
  );

  test('is not read to the end of a big blob', async () => {
    const big = registry.addBlob(new Uint8Array(64 * 1024 * 1024));
    registry.faults.always(() => ({ kind: 'ignore-range' }));
    const blob = await tested.client.openBlob(reference, big, { size: 64 * 1024 * 1024 });
    await blob.read(0, 1000);
    await expect.poll(() => tested.reports.filter(({ status }) => status === 200).length).toBe(1);
    expect(tested.reports.find(({ status }) => status === 200)?.bytes).toBeLessThan(4 * 1024 * 1024);
    expect(registry.requests[0]?.bytesSent).toBeLessThan(32 * 1024 * 1024);
  });

  test('is given up where too much would have to be thrown away', async () => {
    await using client = createTestClient({ maxUnrangedBytes: 1000 });
    registry.faults.always(() => ({ kind: 'ignore-range' }));
    const blob = await client.client.openBlob(reference, digest, { size: SIZE });
    expect(await blob.read(0, 1000)).toHaveLength(1000);
    const error = await errorOf(blob.read(1, 1000));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('does not serve ranges');
    expect(blobRequests()).toHaveLength(2);
  });

  test('and has a blob of another size is an error', async () => {
    registry.faults.always(() => ({ kind: 'ignore-range' }));
    const error = await errorOf((await open(SIZE + 1)).read(0, 10));
    expect(error.message).toContain(`has ${SIZE} bytes instead of ${SIZE + 1}`);
  });
});

describe('a registry that keeps failing', () => {
  const message = (cause: string) => {
    const short = `${digest.slice(0, 'sha256:'.length + 12)}…`;
    return `registry ${registry.host}: blob ${short} of library/py: ${cause}`;
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
    digest = registry.addBlob(big);
    registry.faults.always(() => fault);
    const blob = await tested.client.openBlob(reference, digest, { size: big.length });
    const error = await errorOf(blob.read(0, 1_000_000));
    expect(error.code).toBe(code);
    expect(error.message).toBe(message(cause));
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
    await registry[Symbol.asyncDispose]();
    const error = await errorOf((await open()).read(0, 10));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toBe(message('connection refused; is the registry running?'));
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('because its name is unknown says so', async () => {
    const error = await errorOf(
      tested.client.openBlob({ host: 'registry.invalid', repository: 'a' }, digest),
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
        client.client.openBlob({ host: `127.0.0.1:${port}`, repository: 'a' }, digest),
      );
      expect(error.code).toBe('UNAVAILABLE');
      expect(error.message).toContain('no connection in time');
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

describe('cancelling a read', () => {
  test.each<Fault>([
    { kind: 'hang' },
    { kind: 'stall', afterBytes: 5000 },
    { kind: 'status', status: 503, headers: { 'retry-after': '5' } },
  ])('ends it at once during $kind, with the reason of the signal', async (fault) => {
    await using patient = createTestClient({ headersTimeoutMs: 60_000, stallTimeoutMs: 60_000 });
    registry.faults.always(() => fault);
    const blob = await patient.client.openBlob(reference, digest, { size: SIZE });
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const read = blob.read(0, 100_000, { signal: controller.signal });
    await expect.poll(() => registry.requests.length).toBe(1);
    setTimeout(() => controller.abort(reason), 30);
    const startedMs = performance.now();
    await expect(read).rejects.toBe(reason);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(registry.requests).toHaveLength(1);
  });

  test('before it begins makes no request', async () => {
    const blob = await open();
    await expect(blob.read(0, 10, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(registry.requests).toEqual([]);
  });

  test('leaves other reads alone', async () => {
    const blob = await open();
    registry.faults.next('blob', { kind: 'hang' });
    const controller = new AbortController();
    const cancelled = blob.read(0, 10, { signal: controller.signal });
    await expect.poll(() => registry.requests.length).toBe(1);
    const other = blob.read(0, 10);
    controller.abort();
    await expect(cancelled).rejects.toThrow(/abort/i);
    expect(await other).toHaveLength(10);
  });
});

describe('closing the client', () => {
  test('ends reads that are under way, and refuses new ones', async () => {
    const blob = await open();
    registry.faults.always(() => ({ kind: 'stall', afterBytes: 5000 }));
    const read = errorOf(blob.read(0, 100_000));
    await expect.poll(() => registry.requests.length).toBe(1);
    await tested.client[Symbol.asyncDispose]();
    expect((await read).code).toBe('UNAVAILABLE');
    const late = await errorOf(blob.read(0, 10));
    expect(late.message).toContain('the registry client has been closed');
    expect(registry.requests).toHaveLength(1);
  });
});

describe('metrics', () => {
  test('count each request once, with its status, bytes and host', async () => {
    registry.faults.next('blob', { kind: 'status', status: 500 });
    await readsRight(0, 1000);
    const answered = tested.reports.filter(({ status }) => status !== 0);
    expect(answered).toEqual([
      { host: registry.host, kind: 'blob', status: 500, bytes: 0, durationMs: expect.any(Number) },
      { host: registry.host, kind: 'blob', status: 206, bytes: 1000, durationMs: expect.any(Number) },
    ]);
    // The TLS handshake that showed that the registry speaks plain HTTP.
    expect(tested.reports.filter(({ status }) => status === 0)).toHaveLength(1);
  });
});
