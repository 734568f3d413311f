import { randomBytes } from 'node:crypto';
import {
  createTestRegistry,
  type Fault,
  type TestRegistry,
  type TestRegistryOptions,
} from '@sluice/testkit/registry';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTestClient } from '../../test/create-test-client.ts';
import { errorOf } from '../../test/error-of.ts';
import { defaultHost } from '../hosts/default-host.ts';
import type { BlobRange } from '../registry-client.ts';
import { batchRanges } from './read-many.ts';

const SIZE = 500_000;
const bytes = randomBytes(SIZE);
const scattered: readonly BlobRange[] = Array.from({ length: 20 }, (_, at) => ({
  offset: at * 20_000,
  length: 1000,
}));
const expected = (ranges: readonly BlobRange[]) =>
  ranges.map(({ offset, length }) => bytes.subarray(offset, offset + length));

async function setUp(...options: readonly TestRegistryOptions[]) {
  const stack = new AsyncDisposableStack();
  const registries: TestRegistry[] = [];
  for (const option of options) registries.push(stack.use(await createTestRegistry(option)));
  const hosts = { hostsFor: async () => registries.map(({ host }) => defaultHost(host)) };
  const tested = stack.use(createTestClient({ hosts, attemptsPerHost: 3 }));
  const digest = registries.map((registry) => registry.addBlob(bytes))[0] as string;
  const reference = { host: 'registry.example', repository: 'a' };
  const blob = await tested.client.openBlob(reference, digest, { size: SIZE });
  const readsRight = async (ranges: readonly BlobRange[]): Promise<void> => {
    expect((await blob.readMany(ranges)).map((read) => Buffer.from(read))).toEqual(expected(ranges));
  };
  return {
    registries,
    registry: registries[0] as TestRegistry,
    blob,
    readsRight,
    statuses: (at = 0) => registries[at]?.requests.map(({ status }) => status),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('many ranges', () => {
  test('come with one request from a host that serves several', async () => {
    await using t = await setUp({ severalRanges: true });
    await t.readsRight(scattered);
    expect(t.statuses()).toEqual([206]);
  });

  test('come with one request each from a host that ignores them, which is not asked for several again', async () => {
    await using t = await setUp({});
    await t.readsRight(scattered);
    expect(t.statuses()).toEqual([200, ...scattered.map(() => 206)]);
    t.registry.requests.length = 0;
    await t.readsRight(scattered);
    expect(t.statuses()).toEqual(scattered.map(() => 206));
  });

  test.each<Fault>([
    { kind: 'status', status: 400 },
    { kind: 'status', status: 416 },
    { kind: 'status', status: 206, headers: { 'content-range': `bytes 0-9/${SIZE}` }, body: '0123456789' },
  ])('come with one request each from a host that answers %j', async (fault) => {
    await using t = await setUp({ severalRanges: true });
    t.registry.faults.next('blob', fault);
    await t.readsRight(scattered);
    expect(t.registry.requests).toHaveLength(1 + scattered.length);
  });

  test('come from storage behind a redirect, too', async () => {
    await using t = await setUp({ severalRanges: true, redirectBlobs: true });
    await t.readsRight(scattered);
    expect(t.statuses()).toEqual([307, 206]);
  });

  test.each<Fault>([
    { kind: 'status', status: 503 },
    { kind: 'reset', afterBytes: 5000 },
    { kind: 'truncate', afterBytes: 5000 },
    { kind: 'stall', afterBytes: 5000 },
    { kind: 'short', bytes: 100 },
    { kind: 'long', bytes: 1_000_000 },
  ])('come from the next host when one fails with $kind', async (fault) => {
    await using t = await setUp({ severalRanges: true }, { severalRanges: true });
    t.registry.faults.always(() => fault);
    await t.readsRight(scattered);
    expect(t.registry.requests).toHaveLength(1);
    expect(t.statuses(1)).toEqual([206]);
  });

  test('are verified one by one, and come from the next host where one is wrong', async () => {
    await using t = await setUp({ severalRanges: true }, {});
    t.registry.faults.always(() => ({ kind: 'corrupt' }));
    const seen = new Set<number>();
    const read = await t.blob.readMany(scattered, {
      verify: (part, at) => {
        if (!Buffer.from(part).equals(expected(scattered)[at] as Buffer)) throw new Error(`chunk ${at}`);
        seen.add(at);
      },
    });
    expect(read.map((part) => Buffer.from(part))).toEqual(expected(scattered));
    expect(seen.size).toBe(scattered.length);
  });

  test('that the host leaves out are an error', async () => {
    await using t = await setUp({ severalRanges: true });
    const part = `--x\r\ncontent-range: bytes 0-9/${SIZE}\r\n\r\n0123456789\r\n--x--`;
    const headers = { 'content-type': 'multipart/byteranges; boundary=x' };
    t.registry.faults.always(() => ({ kind: 'status', status: 206, headers, body: part }));
    const error = await errorOf(t.blob.readMany(scattered));
    expect(error.code).toBe('BAD_RESPONSE');
    expect(error.message).toContain('an answer with several ranges without bytes 0-999');
    expect(t.registry.requests).toHaveLength(3);
  });

  test('may be none, empty, or one', async () => {
    await using t = await setUp({ severalRanges: true });
    await t.readsRight([]);
    await t.readsRight([{ offset: 5, length: 0 }]);
    expect(t.statuses()).toEqual([]);
    await t.readsRight([
      { offset: 5, length: 10 },
      { offset: 7, length: 0 },
    ]);
    expect(t.registry.requests.map(({ headers }) => headers.range)).toEqual(['bytes=5-14']);
    expect((await errorOf(t.blob.readMany([{ offset: 0, length: SIZE + 1 }]))).code).toBe('INVALID');
  });

  test('are right whatever they are', async () => {
    await using t = await setUp({ severalRanges: true });
    const range = fc.record({ offset: fc.nat(SIZE - 2000), length: fc.nat(2000) });
    await fc.assert(
      fc.asyncProperty(fc.array(range, { maxLength: 150 }), (ranges) => t.readsRight(ranges)),
      { numRuns: 40 },
    );
  });
});

describe('batchRanges', () => {
  test('keeps order and bounds', () => {
    const length = fc.integer({ min: 1, max: 4 * 1024 * 1024 });
    fc.assert(
      fc.property(fc.array(length, { maxLength: 300 }), (lengths) => {
        const batches = batchRanges(lengths, (of) => ({ offset: 0, length: of }));
        expect(batches.flat()).toEqual(lengths);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(100);
          expect(batch.reduce((sum, of) => sum + of, 0)).toBeLessThanOrEqual(8 * 1024 * 1024);
        }
      }),
    );
  });
});
