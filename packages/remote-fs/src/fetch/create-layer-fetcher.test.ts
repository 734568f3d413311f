import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BlobReader, contentChunks } from '@sluice/layer';
import { createLogRecorder } from '@sluice/testkit/core';
import type { LayerFile } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import {
  createMetricsKeeper,
  eventually,
  makeTemporaryDirectory,
  makeTestLayer,
  noise,
  type TestLayer,
  tamper,
} from '../../test/test-layer.ts';
import type { ContentStore } from '../content-store/content-store.ts';
import { createContentStore } from '../content-store/create-content-store.ts';
import { createChunkFlights } from './chunk-flights.ts';
import { createFetchScheduler } from './create-fetch-scheduler.ts';
import { createLayerFetcher } from './create-layer-fetcher.ts';
import { createPresence } from './presence.ts';
import type { ReadAheadOptions } from './read-ahead.ts';

const chunkSizeBytes = 4096;
/** Blocks of one chunk. */
const noReadAhead = { baseBytes: 1, maxBytes: 1 };
const big = noise(10 * chunkSizeBytes + 100);
const files: LayerFile[] = [
  { name: 'big', type: 'reg', content: big },
  { name: 'small', type: 'reg', content: 'hello' },
  { name: 'neighbour', type: 'reg', content: 'neighbour' },
  { name: 'etc/copy', type: 'reg', content: 'hello' },
];

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const metrics = createMetricsKeeper();
  const shared = { flights: createChunkFlights(), scheduler: createFetchScheduler(), logger, metrics };
  const openStore = () => createContentStore({ logger }, { directory: directory.path });
  const read = new Set<number>();
  const wasRead = (chunk: number) => read.has(chunk);
  const fetcherOf = (
    layer: TestLayer,
    store: ContentStore,
    blob: BlobReader = layer.blob,
    readAhead: ReadAheadOptions = noReadAhead,
  ) => {
    const { index } = layer;
    const presence = createPresence(index);
    const context = { ...shared, index, blob, presence, wasRead, store, layerDigest: layer.built.digest };
    return { presence, fetcher: createLayerFetcher(context, { readAhead }) };
  };
  const layer = await makeTestLayer(files, { chunkSizeBytes });
  const bytesOf = (path: string) => readContent(directory.path, layer, path);
  return { directory, logger, metrics, layer, openStore, fetcherOf, bytesOf, read };
}

/** As a reader of the store would see the content: complete, or else partial. */
async function readContent(
  directory: string,
  { index, contentOf }: TestLayer,
  path: string,
): Promise<Buffer> {
  const at = contentOf(path) * 32;
  const hex = Buffer.from(index.contents.digest.subarray(at, at + 32)).toString('hex');
  const final = join(directory, hex.slice(0, 2), hex);
  return await readFile(final).catch(() => readFile(`${final}.partial`));
}

describe('createLayerFetcher', () => {
  it('brings the chunks that cover a range, and no others, with one request', async () => {
    const { directory, layer, metrics, openStore, fetcherOf, bytesOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher, presence } = fetcherOf(layer, store);
    await fetcher.fill(layer.contentOf('big'), chunkSizeBytes - 1, 2);
    expect(layer.blob.reads).toHaveLength(1);
    const { first } = contentChunks(layer.index, layer.contentOf('big'));
    expect([0, 1, 2].map((chunk) => presence.has(first + chunk))).toEqual([true, true, false]);
    expect(presence.count()).toEqual({ bytes: 2 * chunkSizeBytes, contents: 1 });
    const partial = await bytesOf('big');
    expect(partial.subarray(0, 2 * chunkSizeBytes).equals(big.subarray(0, 2 * chunkSizeBytes))).toBe(true);
    expect(metrics.ranges).toMatchObject([{ failed: false }]);
    expect(metrics.misses).toMatchObject([{ failed: false }]);
  });

  it('fetches nothing twice, neither for another range nor for another file with the same bytes', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher } = fetcherOf(layer, store);
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    await fetcher.fill(layer.contentOf('etc/copy'), 0, 5);
    await fetcher.fill(layer.contentOf('big'), 0, big.length);
    await fetcher.fill(layer.contentOf('big'), 5000, 10);
    expect(layer.blob.reads).toHaveLength(2);
  });

  it('fetches for many readers at one time once', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher } = fetcherOf(layer, store);
    const fills = Array.from({ length: 20 }, () => fetcher.fill(layer.contentOf('big'), 100, 10));
    await Promise.all(fills);
    expect(layer.blob.reads).toHaveLength(1);
  });

  it('fetches a content for two layers at one time once', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const other = await makeTestLayer([{ name: 'other', type: 'reg', content: big }], { chunkSizeBytes });
    const one = fetcherOf(layer, store);
    const two = fetcherOf(other, store);
    await Promise.all([
      one.fetcher.fill(layer.contentOf('big'), 0, big.length),
      two.fetcher.fill(other.contentOf('other'), 0, big.length),
    ]);
    expect(layer.blob.reads.length + other.blob.reads.length).toBe(1);
    expect(two.presence.count()).toEqual({ bytes: big.length, contents: 1 });
  });

  it('fetches for itself what another layer failed to fetch', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const gone = tamper(layer.blob, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error('registry gone');
    });
    const one = fetcherOf(layer, store, gone);
    const two = fetcherOf(layer, store);
    const failing = one.fetcher.fill(layer.contentOf('big'), 0, 10);
    const working = two.fetcher.fill(layer.contentOf('big'), 0, 10);
    await expect(failing).rejects.toThrow('registry gone');
    await working;
    expect(two.presence.count().bytes).toBe(chunkSizeBytes);
  });

  it('fetches a chunk that arrives damaged once more', async () => {
    const { directory, logger, layer, openStore, fetcherOf, bytesOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    let reads = 0;
    const flaky = tamper(layer.blob, (bytes) => (++reads === 1 ? damaged(bytes) : bytes));
    await fetcherOf(layer, store, flaky).fetcher.fill(layer.contentOf('small'), 0, 5);
    expect(reads).toBe(2);
    expect((await bytesOf('small')).toString()).toBe('hello');
    expect(logger.lines).toMatchObject([{ level: 'warn', fields: { layer: layer.built.digest } }]);
  });

  it('refuses a chunk that arrives damaged twice, stores nothing of it, and recovers later', async () => {
    const { directory, layer, metrics, openStore, fetcherOf, bytesOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    let broken = true;
    const flaky = tamper(layer.blob, (bytes) => (broken ? damaged(bytes) : bytes));
    const { fetcher, presence } = fetcherOf(layer, store, flaky);
    const fill = () => fetcher.fill(layer.contentOf('small'), 0, 5);
    await expect(fill()).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(presence.count()).toEqual({ bytes: 0, contents: 0 });
    await expect(bytesOf('small')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(metrics.misses).toMatchObject([{ failed: true }]);
    broken = false;
    await fill();
    expect((await bytesOf('small')).toString()).toBe('hello');
  });

  it('takes what an earlier process left without any request, if its digest is right', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    {
      await using store = openStore();
      await fetcherOf(layer, store).fetcher.fill(layer.contentOf('big'), 0, 2 * chunkSizeBytes);
      await fetcherOf(layer, store).fetcher.fill(layer.contentOf('small'), 0, 5);
    }
    await using store = openStore();
    const gone = tamper(layer.blob, () => Promise.reject(new Error('registry gone')));
    const { fetcher, presence } = fetcherOf(layer, store, gone);
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    await fetcher.fill(layer.contentOf('big'), 10, 2 * chunkSizeBytes - 10);
    expect(presence.count().bytes).toBe(2 * chunkSizeBytes + 5);
    await expect(fetcher.fill(layer.contentOf('big'), 3 * chunkSizeBytes, 1)).rejects.toThrow('gone');
  });

  it('fetches anew what an earlier process left damaged', async () => {
    const { directory, layer, openStore, fetcherOf, bytesOf } = await setUp();
    await using _ = directory;
    {
      await using store = openStore();
      await using content = await store.open(shapeOfContent(layer, 'big'));
      await content.write(0, 0, noise(chunkSizeBytes, 99));
    }
    await using store = openStore();
    await fetcherOf(layer, store).fetcher.fill(layer.contentOf('big'), 0, 10);
    expect((await bytesOf('big')).subarray(0, chunkSizeBytes).equals(big.subarray(0, chunkSizeBytes))).toBe(
      true,
    );
    expect(layer.blob.reads).toHaveLength(1);
  });

  it('fetches anew what somebody removed, although it was marked as present', async () => {
    const { directory, layer, openStore, fetcherOf, bytesOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher } = fetcherOf(layer, store);
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    await eventually(async () => (await store.list()).size === 1);
    for (const shard of await readdir(directory.path))
      await rm(join(directory.path, shard), { recursive: true });
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    expect((await bytesOf('small')).toString()).toBe('hello');
    expect(layer.blob.reads).toHaveLength(2);
  });

  it('stops fetching when the last reader gives up', async () => {
    const { directory, layer, metrics, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const started = Promise.withResolvers<void>();
    const stopped = Promise.withResolvers<void>();
    const slow: BlobReader = {
      size: layer.blob.size,
      read: (_offset, _length, options) =>
        new Promise((_resolve, reject) => {
          started.resolve();
          options!.signal!.addEventListener('abort', () => {
            stopped.resolve();
            reject(options!.signal!.reason);
          });
        }),
    };
    const { fetcher } = fetcherOf(layer, store, slow);
    const controller = new AbortController();
    const fill = fetcher.fill(layer.contentOf('big'), 0, 10, { signal: controller.signal });
    await started.promise;
    controller.abort(new Error('reader killed'));
    await expect(fill).rejects.toThrow('reader killed');
    await stopped.promise;
    expect(metrics.misses).toEqual([]);
  });

  it('ends what is under way when it is disposed', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const never: BlobReader = {
      size: layer.blob.size,
      read: (_offset, _length, options) =>
        new Promise((_resolve, reject) => {
          options!.signal!.addEventListener('abort', () => reject(options!.signal!.reason));
        }),
    };
    const { fetcher } = fetcherOf(layer, store, never);
    const fill = fetcher.fill(layer.contentOf('big'), 0, 10);
    await new Promise((resolve) => setTimeout(resolve, 20));
    fetcher[Symbol.dispose]();
    await expect(fill).rejects.toThrow('unmounted');
  });

  it('fetches with what is wanted small files of its kind that lie near it in the blob, with one request', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher, presence } = fetcherOf(layer, store, layer.blob, {});
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    await eventually(() => presence.count().bytes === 5 + 'neighbour'.length);
    expect(layer.blob.reads).toHaveLength(1);
  });

  it('needs few requests for a reader that goes through a long file', async () => {
    const { directory, openStore, fetcherOf, read } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const long = noise(100 * chunkSizeBytes);
    const layer = await makeTestLayer([{ name: 'long', type: 'reg', content: long }], { chunkSizeBytes });
    const { fetcher, presence } = fetcherOf(layer, store, layer.blob, { baseBytes: 4096, maxBytes: 1 << 20 });
    for (const [at, chunk] of layerChunks(layer, 'long').entries()) {
      read.add(chunk);
      if (!presence.has(chunk)) await fetcher.fill(layer.contentOf('long'), at * chunkSizeBytes, 1);
    }
    expect(presence.count().bytes).toBe(long.length);
    expect(layer.blob.reads.length).toBeLessThan(25);
  });

  it('fetches nothing in vain for a reader that jumps', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher, presence } = fetcherOf(layer, store, layer.blob, { baseBytes: 4096, maxBytes: 32768 });
    for (const at of [9, 5, 0]) await fetcher.fill(layer.contentOf('big'), at * chunkSizeBytes, 1);
    expect(layer.blob.reads).toHaveLength(3);
    expect(presence.count().bytes).toBeLessThanOrEqual(4 * chunkSizeBytes);
  });

  it('brings what nobody waits for as few ranges, and leaves out what is here or cannot be had', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const { fetcher, presence } = fetcherOf(layer, store);
    await fetcher.fill(layer.contentOf('small'), 0, 5);
    const all = Array.from({ length: layer.index.chunkCount }, (_, at) => fetcher.order.chunkAt(at));
    expect(await fetcher.bring(all, 'ahead')).toEqual({ failed: 0 });
    expect(presence.count().bytes).toBe(big.length + 5 + 'neighbour'.length);
    expect(await fetcher.bring(all, 'ahead')).toEqual({ failed: 0 });
    expect(layer.blob.reads.length).toBeLessThanOrEqual(3);
    const gone = tamper(layer.blob, () => Promise.reject(new Error('registry gone')));
    const other = await makeTestLayer([{ name: 'other', type: 'reg', content: noise(100, 7) }]);
    expect(await fetcherOf(other, store, gone).fetcher.bring([0], 'ahead')).toEqual({ failed: 1 });
  });

  it('lets a reader have its chunk while the rest of the range is still coming in', async () => {
    const { directory, layer, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const rest = Promise.withResolvers<void>();
    const slow: BlobReader = {
      size: layer.blob.size,
      async read(offset, length, options = {}) {
        const bytes = await layer.blob.read(offset, length);
        options.onBytes?.(bytes, Math.ceil(length / 2));
        await rest.promise;
        return bytes;
      },
    };
    const { fetcher, presence } = fetcherOf(layer, store, slow);
    const bringing = fetcher.bring(layerChunks(layer, 'big'), 'ahead');
    await eventually(() => layer.blob.reads.length === 1);
    await fetcher.fill(layer.contentOf('big'), 0, 1);
    expect(presence.count().bytes).toBeLessThan(big.length);
    rest.resolve();
    await bringing;
    expect(presence.count().bytes).toBe(big.length);
    expect(layer.blob.reads).toHaveLength(1);
  });

  it('leaves out of a range that waits for its turn what a reader has fetched meanwhile', async () => {
    const { directory, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const sizeBytes = 400 * 1024;
    const names = Array.from({ length: 12 }, (_, at) => `f${at}`);
    const layer = await makeTestLayer(
      names.map((name, at) => ({ name, type: 'reg', content: noise(sizeBytes, at + 1) })),
    );
    const go = Promise.withResolvers<void>();
    const held: BlobReader = {
      size: layer.blob.size,
      async read(offset, length, options) {
        if (length > sizeBytes * 1.5) await go.promise;
        return await layer.blob.read(offset, length, options);
      },
    };
    const { fetcher, presence } = fetcherOf(layer, store, held);
    // Six ranges of two files each, of which four are under way.
    const bringing = fetcher.bring([...names.keys()], 'ahead');
    for (const name of ['f11', 'f9']) await fetcher.fill(layer.contentOf(name), 0, 1);
    go.resolve();
    await bringing;
    expect(presence.count().contents).toBe(names.length);
    const bytes = layer.blob.reads.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeLessThan(names.length * sizeBytes * 1.05);
  });

  it('does not make a reader wait for a long range that will bring its chunk late', async () => {
    const { directory, openStore, fetcherOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const long = noise(64 * chunkSizeBytes * 4);
    const layer = await makeTestLayer([{ name: 'long', type: 'reg', content: long }], {
      chunkSizeBytes: chunkSizeBytes * 4,
    });
    const begun = Promise.withResolvers<void>();
    const hanging: BlobReader = {
      size: layer.blob.size,
      read: (offset, length, options = {}) =>
        length > 500_000
          ? new Promise((_, reject) => {
              begun.resolve();
              options.signal!.addEventListener('abort', () => reject(options.signal!.reason));
            })
          : layer.blob.read(offset, length),
    };
    const { fetcher } = fetcherOf(layer, store, hanging);
    const bringing = fetcher.bring(layerChunks(layer, 'long'), 'ahead');
    await begun.promise;
    await fetcher.fill(layer.contentOf('long'), long.length - 1, 1);
    fetcher[Symbol.dispose]();
    await expect(bringing).rejects.toThrow('unmounted');
  });
});

function layerChunks({ index, contentOf }: TestLayer, path: string): number[] {
  const { first, end } = contentChunks(index, contentOf(path));
  return Array.from({ length: end - first }, (_, at) => first + at);
}

function damaged(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  // Behind the gzip header, where the payload is even of the smallest member.
  for (let at = 10; at < copy.length; at++) copy[at]! ^= 0x5a;
  return copy;
}

function shapeOfContent({ index, contentOf }: TestLayer, path: string) {
  const content = contentOf(path);
  return {
    name: index.contents.digest.slice(content * 32, content * 32 + 32),
    sizeBytes: index.contents.size[content]!,
    chunkCount: index.contents.chunkCount[content]!,
  };
}
