import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mount, unmount } from '@sluice/linux';
import { buildEstargz } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { eventually, noise } from '../test/test-layer.ts';
import { makeTestMounts } from '../test/test-mounts.ts';

const chunkSizeBytes = 256 * 1024;
const diskBytes = 8 * 1024 * 1024;
const big = noise(14 * chunkSizeBytes + 1234, 1);
const other = noise(3 * chunkSizeBytes, 2);
const small = Array.from({ length: 30 }, (_, i) => noise(500 + i * 211, 100 + i));
const layer = buildEstargz(
  [
    { name: 'big', type: 'reg', content: big },
    { name: 'other', type: 'reg', content: other },
    ...small.map((content, i) => ({ name: `small-${i}`, type: 'reg' as const, content })),
  ],
  { chunkSizeBytes },
);

/** A layer mounted twice, as two containers have it, whose contents lie on a small disk of their own. */
async function setUp() {
  const test = await makeTestMounts([layer]);
  const content = join(test.root.path, 'content');
  mkdirSync(content);
  mount({ source: 'none', target: content, type: 'tmpfs', data: `size=${diskBytes}` });
  const files = test.root.open(test.image.client, { fetch: { quietMs: 50 } });
  const first = await test.root.mountpoint('first');
  const second = await test.root.mountpoint('second');
  for (const mountpoint of [first, second])
    await files.fileSystem.restore(mountpoint, test.image.criLabels(layer));
  const others = join(content, 'others');
  mkdirSync(others);
  return {
    ...test,
    files,
    first,
    second,
    /** Leaves so many bytes, to the page. */
    fillUp(freeBytes: number) {
      const { bavail, bsize } = statfsSync(content);
      writeFileSync(join(others, 'file'), Buffer.alloc(bavail * bsize - freeBytes));
    },
    makeSpace: () => writeFileSync(join(others, 'file'), ''),
    async complete() {
      const names = await readdir(content, { recursive: true });
      return names.filter((name) => /\/[0-9a-f]{64}$/.test(name)).length;
    },
    async [Symbol.asyncDispose]() {
      await files[Symbol.asyncDispose]();
      unmount(content, { detach: true });
      await test[Symbol.asyncDispose]();
    },
  };
}

async function expectAllRight(mountpoint: string): Promise<void> {
  const names: [string, Buffer][] = [
    ['big', big],
    ['other', other],
  ];
  for (const [name, bytes] of [...names, ...small.map((bytes, i) => [`small-${i}`, bytes] as const)]) {
    // Not a matcher: it would print both.
    expect([name, (await readFile(join(mountpoint, name))).equals(bytes)]).toEqual([name, true]);
  }
}

describe('reads of layers whose contents do not fit on the disk', () => {
  it('are answered from memory, and stored as soon as there is space', async () => {
    await using test = await setUp();
    test.fillUp(0);
    await expectAllRight(test.first);
    const { problems, totals } = test.files.fileSystem;
    expect(problems()).toEqual([expect.stringMatching(/disk with .*content is full/)]);
    expect([totals().bytesLocal, await test.complete()]).toEqual([0, 0]);
    expect(test.root.metrics.unstored.length).toBeGreaterThan(40);
    const errors = test.root.logger.lines.filter(({ level }) => level === 'error' || level === 'warn');
    expect(errors).toMatchObject([{ message: expect.stringMatching(/^the disk .* is full/) }]);

    test.makeSpace();
    await expectAllRight(test.second);
    expect(problems()).toEqual([]);
    await eventually(async () => (await test.complete()) === 2 + small.length);
    const lines = test.root.logger.lines.map(({ message }) => message);
    expect(lines.filter((message) => message === 'contents are stored again')).toHaveLength(1);
  });

  it('are answered from the disk and from memory together, where a part of a file fits', async () => {
    await using test = await setUp();
    test.fillUp(chunkSizeBytes + 100 * 1024);
    await using file = await open(join(test.first, 'big'));
    // Across chunks, most of which do not fit.
    for (const [from, to] of [
      [0, 100],
      [5, 6.5],
      [0.5, 2],
      [3.9, 9.1],
      [13, 14],
    ] as const) {
      const position = Math.round(from * chunkSizeBytes);
      const length = Math.round((to - from) * chunkSizeBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      expect(bytesRead).toBe(Math.min(length, big.length - position));
      expect(buffer.subarray(0, bytesRead).equals(big.subarray(position, position + bytesRead))).toBe(true);
    }
    expect(test.files.fileSystem.totals().bytesLocal).toBeGreaterThan(0);
    expect(test.root.metrics.unstored.length).toBeGreaterThan(0);
    expect(test.root.metrics.misses.filter(({ failed }) => failed)).toEqual([]);
    await expectAllRight(test.second);
  });

  it('cost what they read once more, and not once for every small read of a chunk', async () => {
    await using test = await setUp();
    test.fillUp(0);
    const before = test.image.blobRequests();
    await using file = await open(join(test.first, 'other'));
    for (let position = 0; position < other.length; position += 4096)
      await file.read(Buffer.alloc(4096), 0, 4096, position);
    await using again = await open(join(test.second, 'other'));
    for (let position = 0; position < other.length; position += 4096)
      await again.read(Buffer.alloc(4096), 0, 4096, position);
    expect(test.image.blobRequests() - before).toBeLessThanOrEqual(4);
  });
});
