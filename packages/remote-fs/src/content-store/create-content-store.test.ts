import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { eventually, makeTemporaryDirectory } from '../../test/test-layer.ts';
import type { ContentShape } from './content-store.ts';
import { createContentStore } from './create-content-store.ts';

const name = Buffer.alloc(32, 0xab);
const hex = name.toString('hex');
const twoChunks: ContentShape = { name, sizeBytes: 6, chunkCount: 2 };
const oneChunk: ContentShape = { name, sizeBytes: 3, chunkCount: 1 };

async function setUp() {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const open = () => createContentStore({ logger }, { directory: join(directory.path, 'content') });
  const final = join(directory.path, 'content', 'ab', hex);
  return { directory, logger, open, final, partial: `${final}.partial` };
}

describe('createContentStore', () => {
  it('keeps an incomplete content as a sparse partial file that only its owner may read', async () => {
    const { directory, open, partial } = await setUp();
    await using _ = directory;
    await using store = open();
    await using content = await store.open(twoChunks);
    expect([content.complete, content.verified(0), content.uncertain(0)]).toEqual([false, false, false]);
    await content.write(1, 3, Buffer.from('def'));
    expect([content.verified(0), content.verified(1)]).toEqual([false, true]);
    expect(await readFile(partial, 'latin1')).toBe('\0\0\0def');
    expect((await stat(partial)).mode & 0o777).toBe(0o600);
    expect((await stat(join(partial, '..'))).mode & 0o777).toBe(0o700);
  });

  it('gives a content its final name once all of it is verified', async () => {
    const { directory, open, final, partial } = await setUp();
    await using _ = directory;
    await using store = open();
    {
      await using content = await store.open(twoChunks);
      await content.write(0, 0, Buffer.from('abc'));
      await content.write(1, 3, Buffer.from('def'));
    }
    await eventually(() => exists(final));
    expect(await readFile(final, 'latin1')).toBe('abcdef');
    expect(await exists(partial)).toBe(false);
    await using again = await store.open(twoChunks);
    expect(again.complete).toBe(true);
    expect(await store.list()).toEqual(new Set([hex]));
  });

  it('makes no file for a content that is only looked at', async () => {
    const { directory, open, partial } = await setUp();
    await using _ = directory;
    await using store = open();
    await using _content = await store.open(twoChunks);
    expect(await exists(partial)).toBe(false);
  });

  it('shares what is verified with everybody who has the content open, or opens it later', async () => {
    const { directory, open } = await setUp();
    await using _ = directory;
    await using store = open();
    const [one, other] = await Promise.all([store.open(twoChunks), store.open(twoChunks)]);
    await one.write(0, 0, Buffer.from('abc'));
    expect(other.verified(0)).toBe(true);
    await one[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await using later = await store.open(twoChunks);
    expect([later.verified(0), later.uncertain(0)]).toEqual([true, false]);
  });

  it('trusts nothing in a partial file of an earlier process until it is settled', async () => {
    const { directory, open, final } = await setUp();
    await using _ = directory;
    {
      await using store = open();
      await using content = await store.open(twoChunks);
      await content.write(0, 0, Buffer.from('abc'));
    }
    await using store = open();
    await using content = await store.open(twoChunks);
    expect([content.verified(0), content.uncertain(0), content.uncertain(1)]).toEqual([false, true, true]);
    expect(Buffer.from(await content.read(0, 3)).toString()).toBe('abc');
    content.settle(0, true);
    content.settle(1, false);
    expect([content.verified(0), content.uncertain(0)]).toEqual([true, false]);
    expect([content.verified(1), content.uncertain(1)]).toEqual([false, false]);
    await content.write(1, 3, Buffer.from('def'));
    await eventually(() => exists(final));
  });

  it('cuts off what a partial file of an earlier process has too much', async () => {
    const { directory, open, final, partial } = await setUp();
    await using _ = directory;
    await mkdir(join(partial, '..'), { recursive: true });
    await writeFile(partial, 'abc and more');
    await using store = open();
    await using content = await store.open(oneChunk);
    await content.write(0, 0, Buffer.from('abc'));
    await eventually(() => exists(final));
    expect(await readFile(final, 'latin1')).toBe('abc');
  });

  it('removes a complete file of the wrong length and starts over', async () => {
    const { directory, open, final } = await setUp();
    await using _ = directory;
    await mkdir(join(final, '..'), { recursive: true });
    await writeFile(final, 'ab');
    await using store = open();
    await using content = await store.open(oneChunk);
    expect(content.complete).toBe(false);
    expect(await exists(final)).toBe(false);
  });

  it('has complete contents under their final name when its disposal resolves', async () => {
    const { directory, open, final } = await setUp();
    await using _ = directory;
    const store = open();
    const content = await store.open(oneChunk);
    await content.write(0, 0, Buffer.from('abc'));
    await content[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    expect(await exists(final)).toBe(true);
    await expect(store.open(oneChunk)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('says once why a content cannot be written, which can be tried again', async () => {
    const { directory, open, logger } = await setUp();
    await using _ = directory;
    await using store = open();
    const tooBig = { ...twoChunks, sizeBytes: Number.MAX_SAFE_INTEGER };
    await using content = await store.open(tooBig);
    expect(await content.write(0, 0, Buffer.from('abc'))).toBe(false);
    expect(await content.write(0, 0, Buffer.from('abc'))).toBe(false);
    expect(content.verified(0)).toBe(false);
    const errors = logger.lines.filter(({ level }) => level === 'error');
    expect(errors).toMatchObject([{ message: expect.stringContaining('EFBIG') }]);
  });
});

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
