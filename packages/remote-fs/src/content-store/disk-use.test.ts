import { createHash } from 'node:crypto';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogRecorder } from '@sluice/testkit/core';
import { expect, it } from 'vitest';
import { makeTemporaryDirectory, noise } from '../../test/test-layer.ts';
import { createContentStore } from './create-content-store.ts';

const FILES = 1500;
const chunkBytes = 64 * 1024;

/** Sizes as those of a distribution's files: most are small, a few large. */
const files = Array.from({ length: FILES }, (_, i) =>
  noise(i % 50 === 0 ? 400_000 + i : 200 + ((i * 37) % 9000), i + 1),
);

/** The files of an image of which nine tenths, of the small and of the large ones, are those of the first. */
const others = files.map((bytes, i) => {
  const isOwn = i % 50 === 0 ? i % 500 === 0 : i % 10 === 3;
  return isOwn ? noise(bytes.length, FILES + i + 1) : bytes;
});

async function store(directory: string, contents: readonly Buffer[]): Promise<void> {
  await using contentStore = createContentStore({ logger: createLogRecorder() }, { directory });
  for (const bytes of contents) {
    const name = createHash('sha256').update(bytes).digest();
    const chunkCount = Math.ceil(bytes.length / chunkBytes);
    await using content = await contentStore.open({ name, sizeBytes: bytes.length, chunkCount });
    if (content.complete) continue;
    for (let chunk = 0; chunk < chunkCount; chunk++) {
      const at = chunk * chunkBytes;
      await content.write(chunk, at, bytes.subarray(at, at + chunkBytes));
    }
  }
}

/** What du says, in bytes. */
async function diskUse(directory: string): Promise<number> {
  let blocks = (await stat(directory)).blocks;
  for (const name of await readdir(directory, { recursive: true }))
    blocks += (await stat(join(directory, name))).blocks;
  return blocks * 512;
}

it('takes as much of the disk as the same files unpacked, and for nine tenths the same again a tenth more', async () => {
  await using root = await makeTemporaryDirectory();
  const [unpacked, content] = [join(root.path, 'unpacked'), join(root.path, 'content')];
  for (const [i, bytes] of files.entries()) {
    const directory = join(unpacked, `directory-${i % 60}`);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, `file-${i}`), bytes);
  }
  await store(content, files);
  const ofUnpacked = await diskUse(unpacked);
  const ofFirst = await diskUse(content);
  expect(ofFirst / ofUnpacked).toBeLessThan(1.05);
  await store(content, others);
  const grown = ((await diskUse(content)) - ofFirst) / ofFirst;
  expect(grown).toBeGreaterThan(0.05);
  expect(grown).toBeLessThan(0.12);
  console.log({ unpacked: ofUnpacked, content: ofFirst, ratio: ofFirst / ofUnpacked, grown });
});
