import { createHash } from 'node:crypto';
import { readdirSync, statfsSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MountFlag, mount, unmount } from '@sluice/linux';
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
  const unstored: number[] = [];
  const onUnstored = (bytes: number) => unstored.push(bytes);
  const store = createContentStore({ logger }, { directory: join(directory.path, 'content'), onUnstored });
  return {
    logger,
    unstored,
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

  it('nothing that is in use is removed: what does not fit is kept in memory until there is space', async () => {
    await using test = await setUp();
    await using used = await test.store.open({ ...shapeOf(1), sizeBytes: 2 * sizeBytes, chunkCount: 2 });
    expect(await used.write(0, 0, bytesOf(1))).toBe(true);
    fillUp(test.disk);
    expect(await used.write(1, sizeBytes, bytesOf(2))).toBe(false);
    expect([used.verified(0), used.verified(1)]).toEqual([true, false]);
    expect([used.unstored(0), used.unstored(1)]).toEqual([undefined, bytesOf(2)]);
    expect(Buffer.from(await used.read(0, sizeBytes))).toEqual(bytesOf(1));
    makeSpace(test.disk);
    expect(await used.write(1, sizeBytes, bytesOf(2))).toBe(true);
    expect([used.verified(1), used.unstored(1)]).toEqual([true, undefined]);
  });

  it('is told once, what and what to do, until there is space, by whatever that is noticed', async () => {
    await using test = await setUp();
    const messages = () => test.logger.lines.map(({ level, message }) => `${level}: ${message}`);
    fillUp(test.disk);
    for (let seed = 0; seed < 5; seed++) await write(test, seed);
    expect(messages()).toEqual([expect.stringMatching(/^error: the disk with .* is full.*Free some space/)]);
    expect(test.store.problem()).toContain('is full');
    expect(test.unstored).toEqual(Array(5).fill(sizeBytes));
    makeSpace(test.disk);
    expect(test.store.problem()).toBeUndefined();
    expect(messages().slice(1)).toEqual(['info: contents are stored again']);
    await write(test, 5);
    await expect.poll(async () => (await test.store.list()).has(hexOf(5))).toBe(true);
  });
});

describe('on a disk that cannot be written to', () => {
  it('what is fetched is kept in memory, and storing goes on when it can', async () => {
    await using test = await setUp();
    await write(test, 0);
    await expect.poll(async () => (await test.store.list()).has(hexOf(0))).toBe(true);
    mount({ source: 'none', target: test.disk, type: 'tmpfs', flags: MountFlag.REMOUNT | MountFlag.RDONLY });
    await using content = await test.store.open(shapeOf(1));
    expect(await content.write(0, 0, bytesOf(1))).toBe(false);
    expect(content.unstored(0)).toEqual(bytesOf(1));
    expect(test.store.problem()).toMatch(/cannot be written to \(EROFS\).*kernel's log/);
    mount({ source: 'none', target: test.disk, type: 'tmpfs', flags: MountFlag.REMOUNT });
    expect(await content.write(0, 0, bytesOf(1))).toBe(true);
    expect(test.store.problem()).toBeUndefined();
  });
});

/** But for two pages. */
function fillUp(disk: string): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'of others'), Buffer.alloc(bavail * bsize - 8192));
}

function makeSpace(disk: string): void {
  writeFileSync(join(disk, 'of others'), '');
}

function hexOf(seed: number): string {
  return Buffer.from(shapeOf(seed).name).toString('hex');
}
