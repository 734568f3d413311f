import { createHash } from 'node:crypto';
import { readdirSync, statfsSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mount, unmount } from '@sluice/linux';
import { createLogRecorder } from '@sluice/testkit/core';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory, noise } from '../../test/test-layer.ts';
import type { ContentShape } from './content-store.ts';
import { createContentStore } from './create-content-store.ts';

const sizeBytes = 256 * 1024;
const diskBytes = 4 * 1024 * 1024;
const bytesOf = (seed: number) => noise(sizeBytes, seed);
const shapeOf = (seed: number): ContentShape => ({
  name: createHash('sha256').update(`${seed}`).digest(),
  sizeBytes,
  chunkCount: 1,
});

/** A store on a disk of its own, which holds at most 16 contents. */
async function setUp() {
  const directory = await makeTemporaryDirectory();
  mount({ source: 'none', target: directory.path, type: 'tmpfs', data: `size=${diskBytes}` });
  const logger = createLogRecorder();
  const store = createContentStore({ logger }, { directory: join(directory.path, 'content') });
  return {
    logger,
    store,
    disk: directory.path,
    pathOf(seed: number) {
      const hex = Buffer.from(shapeOf(seed).name).toString('hex');
      return join(store.directory, hex.slice(0, 2), hex);
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      unmount(directory.path, { detach: true });
      await directory[Symbol.asyncDispose]();
    },
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

async function write({ store }: Setup, seed: number): Promise<void> {
  await using content = await store.open(shapeOf(seed));
  await content.write(0, 0, bytesOf(seed));
}

const present = ({ store }: Setup) =>
  readdirSync(store.directory, { recursive: true }).filter((name) => String(name).includes('/')).length;

describe('on a full disk', () => {
  it('what was not used for long makes room for what is fetched, and a warning says so once', async () => {
    await using test = await setUp();
    for (let seed = 0; seed < 60; seed++) {
      await write(test, seed);
      // The next one finds all that came before at rest, and older.
      await expect.poll(async () => (await test.store.list()).has(hexOf(seed))).toBe(true);
      const used = 1_600_000_000 + seed * 3600;
      utimesSync(test.pathOf(seed), used, used);
    }
    expect(await readFile(test.pathOf(59))).toEqual(bytesOf(59));
    expect(present(test)).toBeLessThanOrEqual(16);
    const kept = await test.store.list();
    expect([50, 54, 57, 58, 59].filter((seed) => !kept.has(hexOf(seed)))).toEqual([]);
    const warnings = test.logger.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ message: expect.stringMatching(/^the disk is full/) }]);
    expect(test.store.hasRoom()).toBe(false);
  });

  it('nothing that is in use is removed; writing says what to do, and goes on when there is space', async () => {
    await using test = await setUp();
    await using used = await test.store.open({ ...shapeOf(1), sizeBytes: 2 * sizeBytes, chunkCount: 2 });
    await used.write(0, 0, bytesOf(1));
    const { bavail, bsize } = statfsSync(test.disk);
    const others = join(test.disk, 'of others');
    writeFileSync(others, Buffer.alloc(bavail * bsize - 8192));
    await expect(used.write(1, sizeBytes, bytesOf(2))).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: expect.stringContaining('free some space'),
      cause: { code: 'ENOSPC' },
    });
    expect([used.verified(0), used.verified(1)]).toEqual([true, false]);
    expect(Buffer.from(await used.read(0, sizeBytes))).toEqual(bytesOf(1));
    writeFileSync(others, '');
    await used.write(1, sizeBytes, bytesOf(2));
    expect(used.verified(1)).toBe(true);
  });
});

function hexOf(seed: number): string {
  return Buffer.from(shapeOf(seed).name).toString('hex');
}
