import { open, readdir, readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { buildEstargz } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { eventually, noise } from '../../test/test-layer.ts';
import { makeTestMounts, type TestMounts } from '../../test/test-mounts.ts';
import type { ReverifyContents } from './sealing.ts';

const chunkSizeBytes = 64 * 1024;
/** Large enough for the kernel to read them by itself where they are complete. */
const big = noise(40 * chunkSizeBytes, 1);
const small = noise(1000, 2);
const layer = buildEstargz(
  [
    { name: 'big', type: 'reg', content: big },
    { name: 'small', type: 'reg', content: small },
  ],
  { chunkSizeBytes },
);

interface Life {
  readonly mountpoint: string;
  readonly reverify: ReverifyContents;
}

/** Mounts the layer as one process would, reads files of it, and ends. */
async function live(test: TestMounts, { mountpoint, reverify }: Life, names: readonly ('big' | 'small')[]) {
  const files = test.root.open(test.image.client, { content: { reverify } });
  await using _ = files;
  await files.fileSystem.restore(mountpoint, test.image.criLabels(layer));
  for (const name of names) {
    const expected = name === 'big' ? big : small;
    // Not a matcher: it would print both.
    expect((await readFile(join(mountpoint, name))).equals(expected)).toBe(true);
  }
}

async function contentFiles(test: TestMounts): Promise<readonly string[]> {
  const content = join(test.root.path, 'content');
  const names = await readdir(content, { recursive: true });
  return names.filter((name) => name.includes('/')).map((name) => join(content, name));
}

/** @param silently as a disk does it: no time changes */
async function flipBit(path: string, at: number, silently: boolean): Promise<void> {
  const { atimeMs, mtimeMs } = await stat(path);
  {
    await using file = await open(path, 'r+');
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.of(buffer[0]! ^ 16), 0, 1, at);
  }
  if (silently) await utimes(path, atimeMs / 1000, mtimeMs / 1000);
}

async function pathOf(test: TestMounts, sizeBytes: number): Promise<string> {
  for (const path of await contentFiles(test)) if ((await stat(path)).size === sizeBytes) return path;
  throw new Error(`no content has ${sizeBytes} bytes`);
}

describe.each<[ReverifyContents, boolean]>([
  ['changed', false],
  ['always', true],
])('with the setting %s, a flipped bit (silently: %s)', (reverify, silently) => {
  it.each([
    ['big', big.length, 5 * chunkSizeBytes + 7],
    ['small', small.length, 3],
  ] as const)(
    'in the complete content of a %s file is healed before anybody reads it',
    async (name, size, at) => {
      await using test = await makeTestMounts([layer]);
      const life = { mountpoint: await test.root.mountpoint('fs'), reverify };
      await live(test, life, ['big', 'small']);
      await eventually(async () => (await contentFiles(test)).every((path) => !path.endsWith('.partial')));
      await flipBit(await pathOf(test, size), at, silently);
      const before = test.image.blobRequests();
      await live(test, life, [name, name]);
      expect(test.image.blobRequests() - before).toBe(1);
      // And then all is good: nothing is fetched any more.
      await live(test, life, ['big', 'small']);
      expect(test.image.blobRequests() - before).toBe(1);
    },
  );
});

describe('a flipped bit in a partial content', () => {
  it('of an earlier process is healed by fetching that chunk again', async () => {
    await using test = await makeTestMounts([layer]);
    const mountpoint = await test.root.mountpoint('fs');
    {
      const files = test.root.open(test.image.client);
      await using _ = files;
      await files.fileSystem.mount(mountpoint, test.image.criLabels(layer));
      await using file = await open(join(mountpoint, 'big'));
      await file.read(Buffer.alloc(100), 0, 100, 10);
    }
    const [partial] = await contentFiles(test);
    expect(partial).toMatch(/\.partial$/);
    await flipBit(partial!, 20, true);
    await live(test, { mountpoint, reverify: 'changed' }, ['big']);
  });
});

describe('a bit that the disk has flipped silently', () => {
  it('is found by verifying, and healed', async () => {
    await using test = await makeTestMounts([layer]);
    const life: Life = { mountpoint: await test.root.mountpoint('fs'), reverify: 'changed' };
    await live(test, life, ['big', 'small']);
    await eventually(async () => (await contentFiles(test)).every((path) => !path.endsWith('.partial')));
    await flipBit(await pathOf(test, big.length), 12_345, true);
    await flipBit(await pathOf(test, small.length), 1, true);
    {
      const files = test.root.open(test.image.client);
      await using _ = files;
      const report = await files.fileSystem.verifyContents({ repair: true });
      expect([report.checked, report.damaged.length]).toEqual([2, 2]);
    }
    await live(test, life, ['big', 'small']);
  });
});
