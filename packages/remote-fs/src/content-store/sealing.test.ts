import { createHash } from 'node:crypto';
import { appendFile, readFile, rename, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { eventually, makeTemporaryDirectory } from '../../test/test-layer.ts';
import type { ContentShape } from './content-store.ts';
import { createContentStore } from './create-content-store.ts';
import type { ReverifyContents } from './sealing.ts';

const bytes = Buffer.from('abcdef');
const shape: ContentShape = {
  name: createHash('sha256').update(bytes).digest(),
  sizeBytes: bytes.length,
  chunkCount: 2,
};
const hex = Buffer.from(shape.name).toString('hex');

/** A store in which the content is complete; `reopen` is what the next process has. */
async function setUp(reverify: ReverifyContents = 'changed') {
  const directory = await makeTemporaryDirectory();
  const removed: string[] = [];
  const reopen = () =>
    createContentStore(
      { logger: createLogRecorder() },
      {
        directory: directory.path,
        reverify,
        onRemoved: (names) => removed.push(...names.map((name) => Buffer.from(name).toString('hex'))),
      },
    );
  const path = join(directory.path, hex.slice(0, 2), hex);
  {
    await using store = reopen();
    await using content = await store.open(shape);
    await content.write(0, 0, bytes.subarray(0, 3));
    await content.write(1, 3, bytes.subarray(3));
  }
  expect(await readFile(path)).toEqual(bytes);
  return { directory, reopen, path, removed };
}

describe('a complete content of an earlier process', () => {
  it('is taken as it is where nobody has touched it', async () => {
    const { directory, reopen, removed } = await setUp();
    await using _ = directory;
    await using store = reopen();
    await using content = await store.open(shape);
    expect(content.complete).toBe(true);
    expect(removed).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ['was written to', (path) => writeFile(path, 'abXdef')],
    ['was written to and looks as old as it was', (path) => writeThenTouch(path)],
    ['was replaced', (path) => replace(path)],
    ['was cut and filled up again', (path) => cutAndFill(path)],
  ])('is verified again, chunk by chunk, where it %s', async (_, damage) => {
    const { directory, reopen, path, removed } = await setUp();
    await using _directory = directory;
    await damage(path);
    await using store = reopen();
    await using content = await store.open(shape);
    expect([content.complete, content.uncertain(0), content.verified(0)]).toEqual([false, true, false]);
    expect(removed).toEqual([hex]);
    content.settle(0, false);
    content.settle(1, true);
    await content.write(0, 0, bytes.subarray(0, 3));
    await eventually(() => exists(path));
    expect(await readFile(path)).toEqual(bytes);
    await using again = await store.open(shape);
    expect(again.complete).toBe(true);
  });

  it('is verified again at the first use after each start, if that is wanted', async () => {
    const { directory, reopen, path } = await setUp('always');
    await using _ = directory;
    for (let start = 0; start < 2; start++) {
      await using store = reopen();
      await using content = await store.open(shape);
      expect([content.complete, content.uncertain(0)]).toEqual([false, true]);
      content.settle(0, true);
      content.settle(1, true);
      await eventually(() => exists(path));
      await using again = await store.open(shape);
      expect(again.complete).toBe(true);
    }
  });
});

async function writeThenTouch(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  await writeFile(path, 'abXdef');
  // Dates have milliseconds, as most programs do.
  await utimes(path, atime, mtime);
}

async function replace(path: string): Promise<void> {
  await writeFile(`${path}.new`, 'abXdef');
  await rename(`${path}.new`, path);
}

async function cutAndFill(path: string): Promise<void> {
  await truncate(path, 2);
  await appendFile(path, 'Xdef');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
