import type { Fault } from '@sluice/testkit/registry';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { SIZE, useTestBlob } from '../../test/use-test-blob.ts';

const context = useTestBlob();
const { blobRequests, bytes, open, readsRight } = context;

describe('a blob', () => {
  test('is opened without a request where its size is known', async () => {
    expect((await open()).size).toBe(SIZE);
    expect(context.registry.requests).toEqual([]);
  });

  test('learns its size from a range of one byte, not from HEAD', async () => {
    const blob = await context.tested.client.openBlob(context.reference, context.digest);
    expect(blob.size).toBe(SIZE);
    expect(context.registry.requests.map(({ method, headers }) => [method, headers.range])).toEqual([
      ['GET', 'bytes=0-0'],
    ]);
  });

  test('learns its size from a registry that ignores ranges', async () => {
    context.registry.faults.always(() => ({ kind: 'ignore-range' }));
    expect((await context.tested.client.openBlob(context.reference, context.digest)).size).toBe(SIZE);
  });

  test('tells what has come in while it is being read, and begins anew after a retry', async () => {
    context.registry.faults.next('blob', { kind: 'truncate', afterBytes: 100_000 });
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
    const empty = context.registry.addBlob(new Uint8Array(0));
    const blob = await context.tested.client.openBlob(context.reference, empty);
    expect(blob.size).toBe(0);
    expect(await blob.read(0, 0)).toEqual(new Uint8Array(0));
  });

  test('whose registry does not tell its size is an error', async () => {
    context.registry.faults.always(() => ({ kind: 'content-range', value: 'bytes 0-0/*' }));
    const error = await errorOf(context.tested.client.openBlob(context.reference, context.digest));
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
    const host = context.registry.host.replace('127.0.0.1', 'localhost');
    const blob = await context.tested.client.openBlob({ host, repository: 'library/py' }, context.digest);
    expect(blob.size).toBe(SIZE);
  });

  test('reads no bytes without a request', async () => {
    expect(await (await open()).read(SIZE, 0)).toHaveLength(0);
    expect(context.registry.requests).toEqual([]);
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
    expect(context.registry.requests).toEqual([]);
  });

  test.each(['sha256:abc', 'latest', `sha256:${'A'.repeat(64)}`, `md5:${'0'.repeat(32)}`, ''])(
    'refuses %j as a digest',
    async (bad) => {
      expect((await errorOf(context.tested.client.openBlob(context.reference, bad))).code).toBe('INVALID');
    },
  );

  test.each(['..', 'a/../b', '/a', 'a//b', 'A', 'a?b', ''])(
    'refuses %j as a repository',
    async (repository) => {
      const error = await errorOf(
        context.tested.client.openBlob({ host: context.registry.host, repository }, context.digest),
      );
      expect(error.code).toBe('INVALID');
    },
  );

  test('reads many ranges at the same time, on no more connections than allowed', async () => {
    await using narrow = createTestClient({ connectionsPerHost: 3 });
    let most = 0;
    context.registry.faults.always(() => {
      most = Math.max(most, context.registry.requests.filter(({ bytesSent }) => bytesSent < 8192).length);
      return { kind: 'drip', bytes: 4096, pauseMs: 5 };
    });
    const blob = await narrow.client.openBlob(context.reference, context.digest, { size: SIZE });
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

describe('cancelling a read', () => {
  test.each<Fault>([
    { kind: 'hang' },
    { kind: 'stall', afterBytes: 5000 },
    { kind: 'status', status: 503, headers: { 'retry-after': '5' } },
  ])('ends it at once during $kind, with the reason of the signal', async (fault) => {
    await using patient = createTestClient({ headersTimeoutMs: 60_000, stallTimeoutMs: 60_000 });
    context.registry.faults.always(() => fault);
    const blob = await patient.client.openBlob(context.reference, context.digest, { size: SIZE });
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const read = blob.read(0, 100_000, { signal: controller.signal });
    await expect.poll(() => context.registry.requests.length).toBe(1);
    setTimeout(() => controller.abort(reason), 30);
    const startedMs = performance.now();
    await expect(read).rejects.toBe(reason);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    expect(context.registry.requests).toHaveLength(1);
  });

  test('before it begins makes no request', async () => {
    const blob = await open();
    await expect(blob.read(0, 10, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    expect(context.registry.requests).toEqual([]);
  });

  test('leaves other reads alone', async () => {
    const blob = await open();
    context.registry.faults.next('blob', { kind: 'hang' });
    const controller = new AbortController();
    const cancelled = blob.read(0, 10, { signal: controller.signal });
    await expect.poll(() => context.registry.requests.length).toBe(1);
    const other = blob.read(0, 10);
    controller.abort();
    await expect(cancelled).rejects.toThrow(/abort/i);
    expect(await other).toHaveLength(10);
  });
});

describe('closing the client', () => {
  test('ends reads that are under way, and refuses new ones', async () => {
    const blob = await open();
    context.registry.faults.always(() => ({ kind: 'stall', afterBytes: 5000 }));
    const read = errorOf(blob.read(0, 100_000));
    await expect.poll(() => context.registry.requests.length).toBe(1);
    await context.tested.client[Symbol.asyncDispose]();
    expect((await read).code).toBe('UNAVAILABLE');
    const late = await errorOf(blob.read(0, 10));
    expect(late.message).toContain('the registry client has been closed');
    expect(context.registry.requests).toHaveLength(1);
  });
});

describe('metrics', () => {
  test('count each request once, with its status, bytes and host', async () => {
    context.registry.faults.next('blob', { kind: 'status', status: 500 });
    await readsRight(0, 1000);
    const answered = context.tested.reports.filter(({ status }) => status !== 0);
    expect(answered).toEqual([
      { host: context.registry.host, kind: 'blob', status: 500, bytes: 0, durationMs: expect.any(Number) },
      { host: context.registry.host, kind: 'blob', status: 206, bytes: 1000, durationMs: expect.any(Number) },
    ]);
    // The TLS handshake that showed that the registry speaks plain HTTP.
    expect(context.tested.reports.filter(({ status }) => status === 0)).toHaveLength(1);
  });
});
