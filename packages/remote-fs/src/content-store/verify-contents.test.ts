import { open, readdir } from 'node:fs/promises';
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
  const flipBit = async (name: string, at: number) => {
    await using file = await open(join(directory.path, hexOf(name).slice(0, 2), hexOf(name)), 'r+');
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.of(buffer[0]! ^ 4), 0, 1, at);
  };
  return { directory, openStore, indexes, hexOf, flipBit };
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

async function filesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.includes('/')).map((name) => name.slice(3));
}
