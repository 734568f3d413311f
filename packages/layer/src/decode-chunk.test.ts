import { gzipSync } from 'node:zlib';
import {
  brokenEstargz,
  buildEstargz,
  createMemoryBlob,
  describeLayer,
  type EstargzBlob,
  type EstargzBuildOptions,
  type LayerFile,
} from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import {
  chunkAt,
  chunkRange,
  chunkSize,
  contentChunks,
  contentOfChunk,
  contentOfInode,
} from './chunk-queries.ts';
import { decodeChunk } from './decode-chunk.ts';
import { createEstargzFormat } from './estargz/create-estargz-format.ts';
import type { LayerIndex } from './layer-index.ts';

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * i) % 251));
const files: readonly LayerFile[] = [
  { name: 'small', type: 'reg', content: 'small' },
  { name: 'large', type: 'reg', content: bytes },
  { name: 'empty', type: 'reg', content: '' },
  { name: 'tail', type: 'reg', content: 'tail' },
];

async function open(built: EstargzBlob): Promise<LayerIndex> {
  const hints = { annotations: built.annotations };
  return (await createEstargzFormat().open(createMemoryBlob(built.blob), hints))!;
}

async function opened(options: EstargzBuildOptions = {}) {
  const built = buildEstargz(files, { chunkSizeBytes: 300, ...options });
  const index = await open(built);
  const range = (chunk: number) => {
    const { offset, length } = chunkRange(index, chunk);
    return built.blob.subarray(offset, offset + length);
  };
  const content = (name: string) => describeLayer(index).get(name)!.content!;
  return { index, range, content };
}

describe('decodeChunk', () => {
  it.each([0, 400, 100_000])(
    'gives each chunk exactly its own bytes (members of %i bytes and more)',
    async (minMemberBytes) => {
      const { index, range, content } = await opened({ minMemberBytes });
      const { first, end } = contentChunks(index, content('large'));
      const parts: Uint8Array[] = [];
      for (let chunk = first; chunk < end; chunk++) parts.push(await decodeChunk(index, chunk, range(chunk)));
      expect(parts.map((part) => part.length)).toEqual([300, 300, 300, 100]);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
      const { first: tail } = contentChunks(index, content('tail'));
      expect(Buffer.from(await decodeChunk(index, tail, range(tail))).toString()).toBe('tail');
    },
  );

  it('refuses bytes that have another digest', async () => {
    const built = brokenEstargz('wrong-chunk-digest', files);
    const index = await open(built);
    const { offset, length } = chunkRange(index, 0);
    const decoded = decodeChunk(index, 0, built.blob.subarray(offset, offset + length));
    await expect(decoded).rejects.toMatchObject({
      code: 'CORRUPT',
      message: /instead of sha256:[0-9a-f]{60}0000/,
    });
  });

  it('verifies a large chunk, too', async () => {
    const large = Buffer.alloc(3_000_000, 'a line that compresses well\n');
    const built = buildEstargz([{ name: 'large', type: 'reg', content: large }]);
    const index = await open(built);
    const { offset, length } = chunkRange(index, 0);
    const compressed = built.blob.subarray(offset, offset + length);
    expect(large.equals(await decodeChunk(index, 0, compressed))).toBe(true);
    const changed = Buffer.from(large);
    changed[2_999_999] = 0;
    await expect(decodeChunk(index, 0, gzipSync(changed))).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('refuses a stream that ends too early', async () => {
    const { index } = await opened();
    const decoded = decodeChunk(index, 1, gzipSync(bytes.subarray(0, 200)));
    await expect(decoded).rejects.toMatchObject({ code: 'CORRUPT', message: /ends after 200 of 300/ });
  });

  it('refuses what is no gzip, and nothing at all', async () => {
    const { index } = await opened();
    await expect(decodeChunk(index, 0, Buffer.from('garbage'))).rejects.toMatchObject({ code: 'CORRUPT' });
    await expect(decodeChunk(index, 0, Buffer.alloc(0))).rejects.toMatchObject({ code: 'CORRUPT' });
    const { range } = await opened();
    await expect(decodeChunk(index, 0, range(0).subarray(0, 12))).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('stops a stream that goes on for ever where the chunk ends', async () => {
    const { index } = await opened();
    const bomb = gzipSync(Buffer.concat([bytes.subarray(0, 300), Buffer.alloc(200_000_000)]), { level: 1 });
    const before = process.memoryUsage().rss;
    const decoded = await decodeChunk(index, 1, bomb);
    expect(Buffer.from(decoded).equals(bytes.subarray(0, 300))).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(50_000_000);
  });

  it('needs no byte behind the chunk: a range may end in the middle of a member', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, i): LayerFile => ({ name: `l${i}`, type: 'symlink', target: `${i * i}` }),
    );
    const built = buildEstargz([{ name: 'f', type: 'reg', content: bytes }, ...many]);
    const index = await open(built);
    const { offset, length } = chunkRange(index, 0);
    for (const end of [length, length - 100, 2000]) {
      const decoded = await decodeChunk(index, 0, built.blob.subarray(offset, offset + end));
      expect(Buffer.from(decoded).equals(bytes)).toBe(true);
    }
  });

  it('ends with the reason of an abort', async () => {
    const { index, range } = await opened();
    const reason = new Error('nobody waits');
    await expect(decodeChunk(index, 0, range(0), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const built = buildEstargz([{ name: 'f', type: 'reg', content: bytes.toString('latin1').repeat(100) }]);
    const large = await open(built);
    const { offset, length } = chunkRange(large, 0);
    const compressed = built.blob.subarray(offset, offset + length);
    const decoded = decodeChunk(large, 0, compressed, { signal: controller.signal });
    controller.abort(reason);
    await expect(decoded).rejects.toBe(reason);
  });
});

describe('the queries', () => {
  it('find the chunk of every byte', async () => {
    const { index, content } = await opened();
    const large = content('large');
    const { first } = contentChunks(index, large);
    const found = [0, 299, 300, 899, 900, 999, 5000].map((offset) => chunkAt(index, large, offset) - first);
    expect(found).toEqual([0, 0, 1, 2, 3, 3, 3]);
  });

  it('know the content of every chunk, and its size', async () => {
    const { index, content } = await opened();
    for (const name of ['small', 'large', 'tail']) {
      const { first, end } = contentChunks(index, content(name));
      for (let chunk = first; chunk < end; chunk++) expect(contentOfChunk(index, chunk)).toBe(content(name));
    }
    const { first } = contentChunks(index, content('large'));
    expect([0, 1, 2, 3].map((i) => chunkSize(index, first + i))).toEqual([300, 300, 300, 100]);
  });

  it('find no content in directories and empty files', async () => {
    const { index } = await opened();
    const tree = describeLayer(index);
    expect(contentOfInode(index, 1)).toBeUndefined();
    expect(contentOfInode(index, tree.get('empty')!.inode)).toBeUndefined();
    expect(contentOfInode(index, tree.get('tail')!.inode)).toBe(tree.get('tail')!.content);
  });
});
