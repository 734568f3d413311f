import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeLayerIndex } from '@sluice/layer';
import { describeLayer } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory, makeTestLayer } from '../../test/test-layer.ts';
import { createIndexMemory } from './index-memory.ts';

const files = Array.from({ length: 5000 }, (_, i) => ({
  name: `directory-${i % 50}/file-${i}`,
  type: 'reg' as const,
  content: `${i % 10}`,
}));

async function saveIndex(directory: string) {
  const { index } = await makeTestLayer(files);
  const path = join(directory, 'saved.index');
  await writeFile(path, encodeLayerIndex(index));
  return { path, index };
}

/** Bytes of a mapped file that are in this process's memory now. */
function residentBytes(path: string): number {
  const entries = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-)/m);
  const entry = entries.find((text) => text.split('\n')[0]!.includes(path))!;
  return Number(/^Rss: +(\d+) kB/m.exec(entry)?.[1]) * 1024;
}

describe('createIndexMemory', () => {
  it('opens an index of which nothing is in memory yet, and has all that it says', async () => {
    await using directory = await makeTemporaryDirectory();
    using memory = createIndexMemory();
    const { path, index } = await saveIndex(directory.path);
    const opened = await memory.open(path);
    expect(residentBytes(path)).toBe(0);
    expect(describeLayer(opened)).toEqual(describeLayer(index));
  });

  it('gives back what was looked at', async () => {
    await using directory = await makeTemporaryDirectory();
    using memory = createIndexMemory({ releaseEveryMs: 20 });
    const { path } = await saveIndex(directory.path);
    const opened = await memory.open(path);
    for (let round = 0; round < 2; round++) {
      expect(opened.inodes.mode.reduce((sum, mode) => sum + mode, 0)).toBeGreaterThan(0);
      await expect.poll(() => residentBytes(path), { timeout: 10_000 }).toBe(0);
    }
  });

  it.each([
    ['empty', 0],
    ['cut short', 1000],
  ])('refuses one that is %s', async (_, sizeBytes) => {
    await using directory = await makeTemporaryDirectory();
    using memory = createIndexMemory();
    const { path } = await saveIndex(directory.path);
    await writeFile(path, readFileSync(path).subarray(0, sizeBytes));
    await expect(memory.open(path)).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('says that there is none', async () => {
    using memory = createIndexMemory();
    await expect(memory.open('/nowhere/saved.index')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
