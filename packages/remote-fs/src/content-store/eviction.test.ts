import { createHash } from 'node:crypto';
import { readdir, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { eventually, makeTemporaryDirectory, noise } from '../../test/test-layer.ts';
import type { ContentShape } from './content-store.ts';
import { createContentStore } from './create-content-store.ts';
import type { ContentBounds } from './evictor.ts';

const sizeBytes = 64 * 1024;
const shapeOf = (seed: number): ContentShape => ({
  name: createHash('sha256').update(`${seed}`).digest(),
  sizeBytes,
  chunkCount: 1,
});
const hexOf = (seed: number) => Buffer.from(shapeOf(seed).name).toString('hex');

async function setUp(bounds: ContentBounds) {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const removed: string[] = [];
  const onRemoved = (names: readonly Uint8Array[]) => {
    removed.push(...names.map((name) => Buffer.from(name).toString('hex')));
  };
  const open = () => createContentStore({ logger }, { directory: directory.path, bounds, onRemoved });
  const pathOf = (seed: number) => join(directory.path, hexOf(seed).slice(0, 2), hexOf(seed));
  return { directory, logger, removed, open, pathOf };
}

type Store = ReturnType<typeof createContentStore>;

async function write(store: Store, seed: number): Promise<void> {
  await using content = await store.open(shapeOf(seed));
  await content.write(0, 0, noise(sizeBytes, seed));
}

async function namesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.includes('/')).map((name) => name.slice(3));
}

/** Fills a store with contents 0 to `count` - 1, all complete, each used an hour after the one before. */
async function fill(test: Awaited<ReturnType<typeof setUp>>, count: number): Promise<void> {
  await using store = createContentStore({ logger: test.logger }, { directory: test.directory.path });
  for (let seed = 0; seed < count; seed++) await write(store, seed);
  await eventually(async () => (await store.list()).size === count);
  for (let seed = 0; seed < count; seed++) {
    const used = new Date(Date.UTC(2025, 0, 1, seed));
    await utimes(test.pathOf(seed), used, used);
  }
}

describe('a bounded content store', () => {
  it('removes what was not used for the longest time, and tells', async () => {
    const test = await setUp({ maxSizeBytes: 10 * sizeBytes });
    await using _ = test.directory;
    await fill(test, 20);
    await using store = test.open();
    await store.trim();
    expect(await namesIn(test.directory.path)).toHaveLength(9);
    const gone = Array.from({ length: 11 }, (_, seed) => hexOf(seed));
    expect(test.removed.toSorted()).toEqual(gone.toSorted());
  });

  it('begins by itself when too much was written', async () => {
    const test = await setUp({ maxSizeBytes: 10 * sizeBytes });
    await using _ = test.directory;
    await using store = test.open();
    for (let seed = 0; seed < 12; seed++) await write(store, seed);
    await eventually(async () => (await namesIn(test.directory.path)).length <= 10);
  });

  it('never has more than that on the disk: what would be too much stays in memory until there is room', async () => {
    const test = await setUp({ maxSizeBytes: 2 * sizeBytes });
    await using _ = test.directory;
    await using store = test.open();
    await using one = await store.open(shapeOf(1));
    await using two = await store.open(shapeOf(2));
    await using three = await store.open(shapeOf(3));
    expect(await one.write(0, 0, noise(sizeBytes, 1))).toBe(true);
    expect(await two.write(0, 0, noise(sizeBytes, 2))).toBe(true);
    expect(await three.write(0, 0, noise(sizeBytes, 3))).toBe(false);
    expect(three.unstored(0)).toEqual(noise(sizeBytes, 3));
    expect(await namesIn(test.directory.path)).toHaveLength(2);
    await one[Symbol.asyncDispose]();
    await eventually(async () => {
      await store.trim();
      return await three.write(0, 0, noise(sizeBytes, 3));
    });
    expect([three.verified(0), three.unstored(0)]).toEqual([true, undefined]);
    expect(store.problem()).toBeUndefined();
  });

  it('leaves what is in use', async () => {
    const test = await setUp({ maxSizeBytes: sizeBytes });
    await using _ = test.directory;
    await using store = test.open();
    await using used = await store.open({ ...shapeOf(1), chunkCount: 2, sizeBytes: 2 * sizeBytes });
    await used.write(0, 0, noise(sizeBytes));
    await store.trim();
    await used.write(1, sizeBytes, noise(sizeBytes));
    await store.trim();
    expect(await namesIn(test.directory.path)).toHaveLength(1);
    expect(test.removed).toEqual([]);
  });

  it('removes partial contents too, and knows nothing of their chunks afterwards', async () => {
    const test = await setUp({ maxSizeBytes: sizeBytes + 1000 });
    await using _ = test.directory;
    await using store = test.open();
    const shape = { ...shapeOf(1), chunkCount: 2, sizeBytes: 2 * sizeBytes };
    {
      await using content = await store.open(shape);
      await content.write(0, 0, noise(sizeBytes));
    }
    expect(await namesIn(test.directory.path)).toHaveLength(1);
    await store.trim();
    expect(await namesIn(test.directory.path)).toEqual([]);
    await using again = await store.open(shape);
    expect([again.verified(0), again.uncertain(0)]).toEqual([false, false]);
  });

  it('removes what waits to be made permanent as well: under load, that is all that was fetched', async () => {
    const bounds = { maxSizeBytes: 2 * sizeBytes };
    const test = await setUp(bounds);
    await using _ = test.directory;
    const quiet = Promise.withResolvers<void>();
    const { path: directory } = test.directory;
    const options = { directory, bounds, whenQuiet: () => quiet.promise };
    await using store = createContentStore({ logger: test.logger }, options);
    await write(store, 0);
    await using used = await store.open(shapeOf(1));
    await used.write(0, 0, noise(sizeBytes, 1));
    // One that runs already may have begun before that was written.
    await eventually(async () => {
      await store.trim();
      return (await namesIn(directory)).length === 1;
    });
    expect(await namesIn(directory)).toEqual([`${hexOf(1)}.partial`]);
    quiet.resolve();
    await eventually(async () => (await store.list()).has(hexOf(1)));
    expect((await store.list()).size).toBe(1);
    expect(test.logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('keeps space free for others', async () => {
    const test = await setUp({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    await using _ = test.directory;
    await fill(test, 3);
    await using store = test.open();
    expect(store.hasRoom()).toBe(true);
    await store.trim();
    expect(store.hasRoom()).toBe(false);
    expect(await namesIn(test.directory.path)).toEqual([]);
    const { bavail, bsize } = await statfs(test.directory.path);
    const roomy = await setUp({ minFreeBytes: (bavail * bsize) / 2 });
    await using __ = roomy.directory;
    await fill(roomy, 3);
    await using other = roomy.open();
    await other.trim();
    expect(await namesIn(roomy.directory.path)).toHaveLength(3);
  });

  it('has no room for the background when it is nearly full', async () => {
    const test = await setUp({ maxSizeBytes: 10 * sizeBytes });
    await using _ = test.directory;
    await using store = test.open();
    for (let seed = 0; seed < 5; seed++) await write(store, seed);
    expect(store.hasRoom()).toBe(true);
    for (let seed = 5; seed < 10; seed++) await write(store, seed);
    expect(store.hasRoom()).toBe(false);
  });

  it('removes nothing where there is no bound', async () => {
    const test = await setUp({});
    await using _ = test.directory;
    await fill(test, 3);
    await using store = test.open();
    await store.trim();
    expect(await namesIn(test.directory.path)).toHaveLength(3);
  });

  it('lets nobody bring a content anew before all know that it was removed', async () => {
    const test = await setUp({});
    await using _ = test.directory;
    await fill(test, 1);
    await using store = test.open();
    const removal = store.discard([hexOf(0)]);
    await using content = await store.open(shapeOf(0));
    expect(content.complete).toBe(false);
    expect(test.removed).toEqual([hexOf(0)]);
    await removal;
  });
});
