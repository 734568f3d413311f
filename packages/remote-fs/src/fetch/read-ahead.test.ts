import type { LayerIndex } from '@sluice/layer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlobOrder } from './blob-order.ts';
import { createReadAhead } from './read-ahead.ts';

/** One large file of 64 chunks, each of which fills a block of 4 KiB, and nothing else. */
function setUp(options = { baseBytes: 4096, maxBytes: 16 * 4096 }) {
  const index = indexOf([{ chunkBytes: Array.from({ length: 64 }, () => 4096) }]);
  const read = new Set<number>();
  const wasRead = (chunk: number) => read.has(chunk);
  const readAhead = createReadAhead({ index, order: createBlobOrder(index), wasRead }, options);
  return { index, read, readAhead };
}

describe('createReadAhead', () => {
  it('wants nothing ahead for the first chunk, nor for one far away', () => {
    const { readAhead } = setUp();
    expect(readAhead.plan(20)).toEqual({ near: [20], ahead: [] });
    expect(readAhead.plan(50)).toEqual({ near: [50], ahead: [] });
  });

  it('doubles what it wants for a sequential reader, up to the largest block', () => {
    const { readAhead, index, read } = setUp();
    const wanted = new Set<number>();
    const steps: number[] = [];
    for (let chunk = 0; chunk < index.chunkCount; chunk++) {
      read.add(chunk);
      if (wanted.has(chunk)) continue;
      const { near, ahead } = readAhead.plan(chunk);
      const before = wanted.size;
      for (const other of [...near, ...ahead]) wanted.add(other);
      steps.push(wanted.size - before);
    }
    expect(steps).toEqual([1, 1, 2, 4, 8, 16, 16, 16]);
  });

  it('wants all of a block once more than half of it was read, in whatever order', () => {
    const { readAhead } = setUp();
    const plans = [3, 1, 0].map((chunk) => readAhead.plan(chunk));
    expect(plans.map((plan) => plan.ahead)).toEqual([[], [], [1, 2, 3]]);
  });

  it('takes what it wanted itself for no evidence', () => {
    const { readAhead } = setUp({ baseBytes: 4 * 4096, maxBytes: 16 * 4096 });
    expect(readAhead.plan(0)).toEqual({ near: [0, 1, 2, 3], ahead: [] });
    expect(readAhead.plan(4)).toEqual({ near: [4, 5, 6, 7], ahead: [] });
  });

  it('asks for other small files of the same kind only, and large ones by themselves', () => {
    const large = { name: 'huge.js', chunkBytes: [300_000] };
    const small = [0, 1, 2].flatMap((at) => [
      { name: `${at}.js`, chunkBytes: [1000] },
      { name: `${at}.so.${at}`, chunkBytes: [1000] },
    ]);
    const index = indexOf([...small, large]);
    const readAhead = createReadAhead({ index, order: createBlobOrder(index) });
    expect(readAhead.plan(2)).toEqual({ near: [0, 2, 4], ahead: [] });
    expect(readAhead.plan(5)).toEqual({ near: [1, 3, 5], ahead: [] });
    expect(readAhead.plan(6)).toEqual({ near: [6], ahead: [] });
  });

  it('takes files for one kind by the last dot of their names, unless many are called alike from the first one', () => {
    const files = Array.from({ length: 20 }, (_, at) => [
      { name: `es.array.${'abcdefghijklmnopqrst'[at]}.js`, chunkBytes: [1000] },
      { name: `${at}.d.ts`, chunkBytes: [1000] },
      { name: `${at}.ts`, chunkBytes: [1000] },
    ]);
    const index = indexOf(files.flat());
    const readAhead = createReadAhead({ index, order: createBlobOrder(index) }, { baseBytes: 4000 });
    expect(readAhead.plan(0).near).toEqual([0, 3, 6, 9]);
    expect(readAhead.plan(1).near).toEqual([1, 4, 7, 10]);
    expect(readAhead.plan(2).near).toEqual([2, 5, 8, 11]);
  });

  it('counts bytes of a kind only, however far it is spread in the blob', () => {
    const files = Array.from({ length: 40 }, (_, at) => [
      { name: `${at}.pyc`, chunkBytes: [1000] },
      { name: `${at}.bin`, chunkBytes: [200_000] },
    ]);
    const index = indexOf(files.flat());
    const readAhead = createReadAhead({ index, order: createBlobOrder(index) }, { baseBytes: 10_000 });
    expect(readAhead.plan(22).near).toEqual([20, 22, 24, 26, 28, 30, 32, 34, 36, 38]);
  });

  it('goes on in the blob, of whatever kind, where nearly all before it was read', () => {
    const files = Array.from({ length: 400 }, (_, at) => ({
      name: `f.${at % 2 ? 'a' : 'b'}`,
      chunkBytes: [5000],
    }));
    const index = indexOf(files);
    const wasRead = (chunk: number) => chunk < 120;
    const { near, ahead } = createReadAhead({ index, order: createBlobOrder(index), wasRead }).plan(120);
    const following = Array.from({ length: 279 }, (_, at) => 121 + at);
    expect([...near, ...ahead]).toEqual(expect.arrayContaining(following));
  });

  it('takes one large file that was read for no sign that all is', () => {
    const small = Array.from({ length: 40 }, (_, at) => ({ name: `f.${at}`, chunkBytes: [200_000] }));
    const index = indexOf([{ chunkBytes: [300_000] }, { chunkBytes: [400_000] }, ...small]);
    const order = createBlobOrder(index);
    const readAhead = createReadAhead(
      { index, order, wasRead: (chunk) => chunk === 1 },
      { baseBytes: 150_000 },
    );
    expect(readAhead.plan(2)).toEqual({ near: [2], ahead: [3] });
  });

  it('wants small neighbours with a chunk', () => {
    const { readAhead } = setUp({ baseBytes: 64 * 1024, maxBytes: 64 * 1024 });
    const { near } = readAhead.plan(2);
    expect(near.slice(0, 3)).toEqual([0, 1, 2]);
    expect(near).toHaveLength(16);
  });

  it('always names the chunk itself, in the order of the blob, and nothing twice', () => {
    const { readAhead, index } = setUp({ baseBytes: 10_000, maxBytes: 160_000 });
    fc.assert(
      fc.property(fc.nat(index.chunkCount - 1), (chunk) => {
        const { near, ahead } = readAhead.plan(chunk);
        expect(near).toContain(chunk);
        const all = [...near, ...ahead];
        expect(new Set(all).size).toBe(all.length);
        for (const list of [near, ahead]) expect(list.toSorted((a, b) => a - b)).toEqual(list);
      }),
    );
  });
});

interface IndexedFile {
  readonly name?: string;
  /** Compressed. */
  readonly chunkBytes: readonly number[];
}

/** An index with as much in it as matters here: names, contents and where chunks lie, one behind the other. */
function indexOf(files: readonly IndexedFile[]): LayerIndex {
  const sizes = files.flatMap((file) => file.chunkBytes);
  const blobEnd = Float64Array.from(sizes);
  blobEnd.forEach((size, at) => {
    blobEnd[at] = size + (blobEnd[at - 1] ?? 0);
  });
  const names = files.map((file) => file.name ?? 'file');
  const inodes = files.map((_, at) => at + 2);
  const chunkStart = files.map((_, at) => files.slice(0, at).flatMap((file) => file.chunkBytes).length);
  const nameOffset = names.map((_, at) => names.slice(0, at).join('').length);
  return {
    chunkCount: sizes.length,
    chunks: { blobOffset: blobEnd.map((end, at) => end - sizes[at]!), blobEnd },
    contentCount: files.length,
    contents: {
      chunkStart: Uint32Array.from(chunkStart),
      chunkCount: Uint32Array.from(files, (file) => file.chunkBytes.length),
    },
    names: Buffer.from(names.join('')),
    entries: {
      nameOffset: Uint32Array.from(nameOffset),
      nameLength: Uint16Array.from(names, (name) => name.length),
      inode: Uint32Array.from(inodes),
    },
    inodes: {
      mode: Uint32Array.from([0, 0o040755, ...files.map(() => 0o100644)]),
      start: Uint32Array.from([0, 0, ...files.keys()]),
      count: Uint32Array.from([0, 0, ...files.map(() => 1)]),
    },
  } as unknown as LayerIndex;
}
