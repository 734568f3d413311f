import { createHash, hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { contentKey } from './content-key.ts';
import { type ChunkEntry, ContentTable } from './content-table.ts';

const rules = { limits: { chunkBytes: 1000, chunks: 10 }, allowUnverified: false, dataEnd: 5000, seed: 1 };
const digestOf = (text: string) => createHash('sha256').update(text).digest();
const chunk = (contentOffset: number, size: number, text: string | undefined): ChunkEntry => ({
  contentOffset,
  size,
  blobOffset: 100 + contentOffset,
  innerOffset: 0,
  digest: text === undefined ? undefined : digestOf(text),
});

function content(
  table: ContentTable,
  size: number,
  chunks: readonly ChunkEntry[],
  fileDigest?: Uint8Array,
): number {
  table.begin(size, fileDigest);
  for (const entry of chunks) table.addChunk(entry);
  return table.end();
}

const keyOf = (table: ContentTable, number: number) =>
  Buffer.from(table.key.slice(number * 32, number * 32 + 32));

describe('the name of a content', () => {
  it('is the digest of its bytes if it is one chunk', () => {
    const table = new ContentTable(rules);
    expect(keyOf(table, content(table, 5, [chunk(0, 5, 'hello')]))).toEqual(digestOf('hello'));
  });

  it('is made of the chunks if it has several: what the layer claims of the whole does not count', () => {
    const table = new ContentTable(rules);
    const honest = content(table, 10, [chunk(0, 5, 'hello'), chunk(5, 5, 'world')], digestOf('helloworld'));
    const other = content(table, 10, [chunk(0, 5, 'hello'), chunk(5, 5, 'wrong')], digestOf('helloworld'));
    const same = content(table, 10, [chunk(0, 5, 'hello'), chunk(5, 0, 'world')], digestOf('something else'));
    expect(same).toBe(honest);
    expect(other).not.toBe(honest);
    expect(keyOf(table, honest)).not.toEqual(digestOf('helloworld'));
    expect(table.chunkCount).toBe(4);
  });

  it('of a chunk list is not that of a file with the same bytes as the list', () => {
    const digests = Buffer.concat([digestOf('hello'), digestOf('world')]);
    const key = contentKey({ sizeBytes: 10, contentOffsets: Float64Array.from([0, 5]), digests });
    const list = Buffer.concat([
      Buffer.from('sluice chunk list 1\n'),
      Buffer.from(Float64Array.from([10, 0]).buffer),
      digests.subarray(0, 32),
      Buffer.from(Float64Array.from([5]).buffer),
      digests.subarray(32),
    ]);
    expect(Buffer.from(key)).toEqual(hash('sha512-256', list, 'buffer'));
    expect(Buffer.from(key)).not.toEqual(hash('sha256', list, 'buffer'));
  });

  it('depends on where the chunks are divided and on the size', () => {
    const table = new ContentTable(rules);
    const names = [
      content(table, 10, [chunk(0, 5, 'a'), chunk(5, 5, 'b')]),
      content(table, 10, [chunk(0, 4, 'a'), chunk(4, 6, 'b')]),
      content(table, 11, [chunk(0, 5, 'a'), chunk(5, 6, 'b')]),
    ];
    expect(new Set(names).size).toBe(3);
  });

  it('is nobody else’s if nothing vouches for the bytes', () => {
    const table = new ContentTable({ ...rules, allowUnverified: true });
    const first = content(table, 5, [chunk(0, 5, undefined)]);
    const second = content(table, 5, [chunk(0, 5, undefined)]);
    expect(second).not.toBe(first);
    expect(keyOf(table, first).every((byte) => byte === 0)).toBe(false);
    expect(keyOf(table, second)).not.toEqual(keyOf(table, first));
  });

  it('cannot be that of a file with another size', () => {
    const table = new ContentTable(rules);
    content(table, 5, [chunk(0, 5, 'hello')]);
    expect(() => content(table, 6, [chunk(0, 6, 'hello')])).toThrow(/another size/);
  });
});

describe('chunks', () => {
  const add = (size: number, chunks: readonly ChunkEntry[]) => () =>
    content(new ContentTable(rules), size, chunks);

  it.each([
    ['that begin late', 10, [chunk(1, 9, 'a')], /gap or overlaps/],
    ['that leave a gap', 10, [chunk(0, 4, 'a'), chunk(5, 5, 'b')], /gap or overlaps/],
    ['that overlap', 10, [chunk(0, 6, 'a'), chunk(5, 5, 'b')], /gap or overlaps/],
    ['behind the end', 10, [chunk(0, 0, 'a'), chunk(10, 0, 'b')], /gap or overlaps/],
    ['of negative size', 10, [chunk(0, -1, 'a')], /gap or overlaps/],
    ['longer than the file', 10, [chunk(0, 11, 'a')], /gap or overlaps/],
    ['that end early', 10, [chunk(0, 9, 'a')], /cover 9 of 10/],
    ['before the blob', 5, [{ ...chunk(0, 5, 'a'), blobOffset: 0 }], /not within the blob/],
    ['behind the data', 5, [{ ...chunk(0, 5, 'a'), blobOffset: 5000 }], /not within the blob/],
    ['before their stream', 5, [{ ...chunk(0, 5, 'a'), innerOffset: -1 }], /not within the blob/],
    ['deep in their stream', 5, [{ ...chunk(0, 5, 'a'), innerOffset: 996 }], /limit of 1000/],
    ['without a digest', 10, [chunk(0, 5, 'a'), chunk(5, 5, undefined)], /without digest/],
    [
      'with the digest that stands for none',
      5,
      [{ ...chunk(0, 5, 'a'), digest: new Uint8Array(32) }],
      /without digest/,
    ],
  ] as const)('%s are refused', (_, size, chunks, message) => {
    expect(add(size, chunks)).toThrow(message);
  });

  it('may come in any number up to the limit', () => {
    const chunks = (count: number) => Array.from({ length: count }, (_, i) => chunk(i, 1, `${i}`));
    expect(add(10, chunks(10))()).toBe(0);
    expect(add(11, chunks(11))).toThrow(/limit of 10/);
  });
});
