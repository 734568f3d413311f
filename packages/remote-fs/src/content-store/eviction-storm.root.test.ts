import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { buildEstargz } from '@sluice/testkit/estargz';
import { describe, expect, it } from 'vitest';
import type { RangeReaderTask } from '../../test/range-reader.ts';
import { eventually, noise } from '../../test/test-layer.ts';
import { makeTestMounts } from '../../test/test-mounts.ts';

const ROUNDS = Number(process.env['SLUICE_EVICTION_ROUNDS'] ?? 2);
const READERS = 2;
const chunkSizeBytes = 64 * 1024;
const maxSizeBytes = 512 * 1024;
const reader = join(import.meta.dirname, '..', '..', 'test', 'range-reader.ts');

/** Of three layers with 40 files each, every file is in two. */
const files = [0, 1, 2].map((layer) =>
  Array.from({ length: 40 }, (_, at) => {
    const seed = 1 + ((layer * 20 + at) % 60);
    const sizeBytes = seed % 6 === 0 ? 3 * chunkSizeBytes + seed * 1000 : 300 + seed * 611;
    return { name: `f${at}`, sizeBytes, seed };
  }),
);
const layers = files.map((own) =>
  buildEstargz(
    own.map(({ name, sizeBytes, seed }) => ({ name, type: 'reg', content: noise(sizeBytes, seed) })),
    { chunkSizeBytes },
  ),
);

/** Reads in a process of its own, for this one serves what it reads. @returns what was not right */
async function readRanges(task: RangeReaderTask): Promise<string> {
  const args = ['--conditions=source', '--disable-warning=ExperimentalWarning', reader];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 60_000,
  });
  const ended = once(child, 'exit');
  child.stdin.end(JSON.stringify(task));
  const [wrong, [code]] = await Promise.all([text(child.stdout), ended]);
  return code === 0 ? wrong : `${wrong}ended with ${code}\n`;
}

/**
 * Bytes of the disk that contents take. At one moment: while this thread looks, it stores nothing. The least of some
 * looks: where ext4 is just placing the blocks of a file, it counts them twice.
 */
function bytesBelow(directory: string): number {
  return Math.min(...Array.from({ length: 4 }, () => blocksBelow(directory) * 512));
}

function blocksBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0), 0);
}

describe('readers of layers with shared contents, whose store is far too small', () => {
  it.each([
    ['through the page cache, large files by the kernel itself', false, 100],
    ['without it', true, 300],
  ])(
    `get the right bytes, each time, in ${ROUNDS} rounds of removing all the time: %s`,
    {
      timeout: 30_000 + ROUNDS * 60_000,
    },
    async (_, direct, reads) => {
      await using test = await makeTestMounts(layers);
      const content = join(test.root.path, 'content');
      const options = { content: { maxSizeBytes, unstoredBytes: 64 * 1024 }, fetch: { quietMs: 5 } };
      const passthrough = direct ? 'off' : 'auto';
      await using opened = test.root.open(test.image.client, options, { passthrough });
      const { fileSystem } = opened;
      let mostBytes = 0;
      let removals = 0;
      for (let round = 0; round < ROUNDS; round++) {
        // New mounts each time: the kernel keeps what was read of one.
        const mountpoints = await Promise.all(
          layers.map(async (layer, at) => {
            const mountpoint = await test.root.mountpoint(`${round}-${at}`);
            await fileSystem.mount(mountpoint, test.image.criLabels(layer));
            return mountpoint;
          }),
        );
        const over = new AbortController();
        const removing = (async () => {
          for (; !over.signal.aborted; removals++) {
            await fileSystem.trimContents();
            mostBytes = Math.max(mostBytes, bytesBelow(content));
            await delay(1);
          }
        })();
        const task = { reads, atOnce: 3, mountpoints, files, maxReadBytes: 150_000, direct };
        const seeds = Array.from({ length: READERS }, (_, at) => 1 + round * READERS + at);
        try {
          const wrong = await Promise.all(seeds.map((seed) => readRanges({ ...task, seed })));
          expect(wrong.join('')).toBe('');
        } finally {
          over.abort();
          await removing;
        }
        for (const mountpoint of mountpoints) await fileSystem.unmount(mountpoint);
      }
      const errors = test.root.logger.lines.filter(({ level }) => level === 'error' || level === 'warn');
      expect(errors).toEqual([]);
      await eventually(async () => {
        await fileSystem.trimContents();
        return bytesBelow(content) <= maxSizeBytes;
      });
      expect(mostBytes).toBeLessThanOrEqual(maxSizeBytes);
      expect(test.image.blobRequests()).toBeGreaterThan(ROUNDS * 10);
      expect(removals).toBeGreaterThan(ROUNDS);
    },
  );
});
