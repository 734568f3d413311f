import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory, makeTestLayer, noise, type TestLayer } from '../../test/test-layer.ts';
import { createContentStore } from './create-content-store.ts';
import { verifyContents } from './verify-contents.ts';

const chunkSizeBytes = 4096;
const files = {
  small: noise(1000, 1),
  other: noise(1000, 2),
  big: noise(5 * chunkSizeBytes, 3),
};

/** A store with all contents of a layer. */
async function setUp() {
  const directory = await makeTemporaryDirectory();
  const entries = Object.entries(files).map(([name, content]) => ({ name, type: 'reg' as const, content }));
  const layer = await makeTestLayer(entries, { chunkSizeBytes });
  const openStore = () => createContentStore({ logger: createLogRecorder() }, { directory: directory.path });
  {
    await using store = openStore();
    for (const [name, bytes] of Object.entries(files)) {
      const { name: digest, sizeBytes, chunkCount } = shapeOf(layer, name);
      await using content = await store.open({ name: digest, sizeBytes, chunkCount });
      for (let chunk = 0; chunk < chunkCount; chunk++) {
        const from = chunk * chunkSizeBytes;
        await content.write(chunk, from, bytes.subarray(from, from + chunkSizeBytes));
      }
    }
  }
  const hexOf = (name: string) => Buffer.from(shapeOf(layer, name).name).toString('hex');
  const indexes = async function* () {
    yield layer.index;
  };
  const flipBit = async (name: string, at: number, suffix = '') => {
    await using file = await open(
      join(directory.path, hexOf(name).slice(0, 2), `${hexOf(name)}${suffix}`),
      'r+',
    );
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.of(buffer[0]! ^ 4), 0, 1, at);
  };
  return { directory, layer, openStore, indexes, hexOf, flipBit };
}

function shapeOf({ index, contentOf }: TestLayer, path: string) {
  const content = contentOf(path);
  return {
    name: index.contents.digest.slice(content * 32, content * 32 + 32),
    sizeBytes: index.contents.size[content]!,
    chunkCount: index.contents.chunkCount[content]!,
  };
}

describe('verifyContents', () => {
  it('finds nothing wrong with what was written rightly', async () => {
    const { directory, openStore, indexes } = await setUp();
    await using _ = directory;
    await using store = openStore();
    expect(await verifyContents(store, indexes)).toMatchObject({ checked: 3, damaged: [], unknown: [] });
  });

  it('finds a flipped bit, in a content of one chunk and in one of several', async () => {
    const { directory, openStore, indexes, hexOf, flipBit } = await setUp();
    await using _ = directory;
    await flipBit('small', 999);
    await flipBit('big', 3 * chunkSizeBytes + 5);
    await using store = openStore();
    const { damaged } = await verifyContents(store, indexes);
    expect(damaged.toSorted()).toEqual([hexOf('small'), hexOf('big')].toSorted());
    expect(await filesIn(directory.path)).toHaveLength(3);
  });

  it('removes what is damaged where it is told to, so that it is fetched anew', async () => {
    const { directory, openStore, indexes, hexOf, flipBit } = await setUp();
    await using _ = directory;
    await flipBit('big', 0);
    await using store = openStore();
    await verifyContents(store, indexes, { repair: true });
    expect(await filesIn(directory.path)).not.toContain(hexOf('big'));
    expect(await verifyContents(store, indexes)).toMatchObject({ checked: 2, damaged: [] });
  });

  it('says of what no index describes that it cannot tell', async () => {
    const { directory, openStore, hexOf } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const none = async function* () {};
    expect(await verifyContents(store, none)).toMatchObject({ damaged: [], unknown: [hexOf('big')] });
  });

  it('says how far it is after each content', async () => {
    const { directory, openStore, indexes } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const said: { checked: number; checkedBytes: number }[] = [];
    const report = await verifyContents(store, indexes, { onProgress: (read) => said.push(read) });
    expect(said.map(({ checked }) => checked)).toEqual([1, 2, 3]);
    expect(said.at(-1)?.checkedBytes).toBe(report.checkedBytes);
  });

  it('stops when it is told to', async () => {
    const { directory, openStore, indexes } = await setUp();
    await using _ = directory;
    await using store = openStore();
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(verifyContents(store, indexes, { signal })).rejects.toThrow('enough');
  });
});

/** A store in which a large content is partly here: chunks 1 and 3 were verified by this process. */
async function setUpPartial() {
  const test = await setUp();
  await rm(join(test.directory.path, test.hexOf('big').slice(0, 2)), { recursive: true });
  const store = test.openStore();
  const shape = shapeOf(test.layer, 'big');
  const content = await store.open(shape);
  for (const chunk of [1, 3]) {
    const from = chunk * chunkSizeBytes;
    await content.write(chunk, from, files.big.subarray(from, from + chunkSizeBytes));
  }
  return { ...test, store, shape, content };
}

describe('verifyContents of contents that are here in part', () => {
  it('reads the chunks that readers are given, and no others', async () => {
    const { directory, store, content, indexes, flipBit } = await setUpPartial();
    await using _ = directory;
    await using __ = store;
    await using ___ = content;
    await flipBit('big', 0, '.partial');
    const { partial, damaged } = await verifyContents(store, indexes);
    expect(damaged).toEqual([]);
    expect(partial).toEqual({ checked: 1, checkedBytes: 2 * chunkSizeBytes, chunks: 2, untrusted: 0 });
  });

  it('finds a flipped bit, and has the chunks fetched anew where they are in use', async () => {
    const { directory, store, content, indexes, hexOf, flipBit } = await setUpPartial();
    await using _ = directory;
    await using __ = store;
    await flipBit('big', 3 * chunkSizeBytes + 7, '.partial');
    expect((await verifyContents(store, indexes)).damaged).toEqual([hexOf('big')]);
    expect(content.verified(3)).toBe(true);
    expect((await verifyContents(store, indexes, { repair: true })).damaged).toEqual([hexOf('big')]);
    expect([content.verified(1), content.verified(3), content.uncertain(3)]).toEqual([false, false, false]);
    await content.write(3, 3 * chunkSizeBytes, files.big.subarray(3 * chunkSizeBytes, 4 * chunkSizeBytes));
    expect(await verifyContents(store, indexes)).toMatchObject({ damaged: [], partial: { chunks: 1 } });
    await content[Symbol.asyncDispose]();
    await flipBit('big', 3 * chunkSizeBytes + 7, '.partial');
    await verifyContents(store, indexes, { repair: true });
    expect(await filesIn(directory.path)).not.toContain(`${hexOf('big')}.partial`);
  });

  it('says of those that an earlier process has left that nobody is given their bytes unverified', async () => {
    const { directory, store, content, openStore, indexes, flipBit } = await setUpPartial();
    await using _ = directory;
    await content[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    await flipBit('big', 3 * chunkSizeBytes, '.partial');
    await using next = openStore();
    expect(await verifyContents(next, indexes)).toMatchObject({
      damaged: [],
      partial: { checked: 0, untrusted: 1 },
    });
  });
});

it('leaves the times by which contents are removed as they are', async () => {
  const { directory, openStore, indexes, hexOf } = await setUp();
  await using _ = directory;
  const path = join(directory.path, hexOf('big').slice(0, 2), hexOf('big'));
  const { mtime } = await stat(path);
  await utimes(path, new Date(Date.UTC(2020, 1, 1)), mtime);
  await using store = openStore();
  await verifyContents(store, indexes);
  expect((await stat(path)).atime).toEqual(new Date(Date.UTC(2020, 1, 1)));
});

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.includes('/')).map((name) => name.slice(3));
}
