import { rm } from 'node:fs/promises';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import {
  createMetricsKeeper,
  eventually,
  makeTemporaryDirectory,
  makeTestLayer,
  noise,
} from '../../test/test-layer.ts';
import { createContentStore } from '../content-store/create-content-store.ts';
import type { ContentBounds } from '../content-store/evictor.ts';
import { createChunkFlights } from './chunk-flights.ts';
import { createFetchScheduler } from './create-fetch-scheduler.ts';
import { createLayerFetcher } from './create-layer-fetcher.ts';
import { createPresence } from './presence.ts';

const chunkSizeBytes = 4096;
const big = noise(6 * chunkSizeBytes + 100);

/** A layer with one file, on a store that may hold so much. */
async function setUp(bounds: ContentBounds = {}) {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const layer = await makeTestLayer([{ name: 'big', type: 'reg', content: big }], { chunkSizeBytes });
  const store = createContentStore({ logger }, { directory: directory.path, bounds });
  const { index, blob } = layer;
  const presence = createPresence(index);
  const fetcher = createLayerFetcher(
    {
      index,
      blob,
      presence,
      store,
      logger,
      layerDigest: layer.built.digest,
      flights: createChunkFlights(),
      scheduler: createFetchScheduler(),
      metrics: createMetricsKeeper(),
    },
    { readAhead: { baseBytes: 1, maxBytes: 1 } },
  );
  const fill = async (from: number, length: number, again?: boolean) => {
    const bytes = await fetcher.fill(layer.contentOf('big'), from, length, again ? { again } : {});
    return bytes && Buffer.from(bytes);
  };
  return {
    store,
    blob,
    presence,
    fill,
    path: directory.path,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

describe('a reader whose bytes were gone before it came to them', () => {
  it('gets them themselves, of a content that is here in part, wholly, or not at all', async () => {
    await using test = await setUp();
    const middle = big.subarray(3000, 9000);
    expect(await test.fill(3000, 6000, true)).toEqual(middle);
    expect(await test.fill(3000, 6000)).toBeUndefined();
    expect(await test.fill(3000, 6000, true)).toEqual(middle);
    await test.fill(0, big.length);
    await eventually(async () => (await test.store.list()).size === 1);
    expect(await test.fill(3000, 6000, true)).toEqual(middle);
    await rm(test.path, { recursive: true });
    expect(await test.fill(big.length - 5, 4096, true)).toEqual(big.subarray(-5));
  });
});

describe('a reader of a content that the store may not hold', () => {
  it('gets its bytes, of the disk and of memory together, and nothing is marked that is not on the disk', async () => {
    await using test = await setUp({ maxSizeBytes: 2 * chunkSizeBytes });
    expect(await test.fill(0, 100)).toBeUndefined();
    const whole = await test.fill(0, big.length + 1000);
    expect(whole?.equals(big)).toBe(true);
    expect(test.presence.count().bytes).toBe(2 * chunkSizeBytes);
    const reads = test.blob.reads.length;
    expect(await test.fill(5 * chunkSizeBytes - 10, 20)).toEqual(
      big.subarray(5 * chunkSizeBytes - 10, 5 * chunkSizeBytes + 10),
    );
    expect(test.blob.reads.length).toBe(reads);
  });
});
