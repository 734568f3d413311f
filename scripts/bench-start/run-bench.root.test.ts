import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { leftMounts, leftProcesses, RUN_VARIABLE } from '../steps/leftovers.ts';
import { smallImage } from './bench-image.ts';
import { formatTable } from './format-table.ts';
import { type BenchOptions, runBench } from './run-bench.ts';

/** What it takes where nothing is in the cache: a Debian system is made, compressed, and converted. */
const TIMEOUT_MS = 300_000;

const run = randomUUID();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bench-'));
  vi.stubEnv('TMPDIR', directory);
  vi.stubEnv(RUN_VARIABLE, run);
});
afterEach(() => {
  vi.unstubAllEnvs();
  if (leftMounts(directory).length === 0) rmSync(directory, { recursive: true });
});

function bench(signal: AbortSignal, onProgress: BenchOptions['onProgress'] = () => {}) {
  return runBench({
    images: [smallImage],
    links: [{ megabitsPerSecond: 100, requestDelayMs: 20 }],
    rounds: 1,
    subjects: ['overlayfs', 'sluice', 'sluice-learned'],
    onProgress,
    signal,
  });
}

/** The test itself is a process of the run. */
function leftovers() {
  return {
    processes: leftProcesses(run).filter(({ pid }) => pid !== process.pid),
    mounts: leftMounts(directory),
    files: readdirSync(directory),
    devices: readFileSync('/proc/self/net/dev', 'utf8').match(/sluice-\w+/g) ?? [],
  };
}

const nothing = { processes: [], mounts: [], files: [], devices: [] };

describe('the benchmark of starts', () => {
  it(
    'measures starts, of which the lazy ones fetch less, and leaves nothing',
    async () => {
      const result = await bench(AbortSignal.timeout(TIMEOUT_MS - 40_000));
      expect(leftovers()).toEqual(nothing);
      const [measured] = result.cases;
      expect(measured!.failed).toEqual([]);
      const figures = Object.fromEntries(measured!.subjects.map(({ subject, median }) => [subject, median]));
      const { overlayfs, sluice, 'sluice-learned': learned } = figures;
      for (const { pull, firstOutput, ready, requests, cpu, rss } of [overlayfs!, sluice!, learned!]) {
        expect(pull).toBeGreaterThan(0.04);
        expect(firstOutput).toBeGreaterThan(pull);
        expect(ready).toBeGreaterThanOrEqual(firstOutput);
        expect(requests).toBeGreaterThanOrEqual(3);
        expect(cpu).toBeGreaterThan(0);
        expect(rss).toBeGreaterThan(1e6);
      }
      expect(sluice!.bytes).toBeLessThan(0.6 * overlayfs!.bytes);
      expect(learned!.bytes).toBeLessThan(0.6 * overlayfs!.bytes);
      // The link passes 12.5 MB a second, and a bucketful at once.
      expect(overlayfs!.pull).toBeGreaterThan(overlayfs!.bytes / 12.5e6 - 0.1);
      const floor = measured!.floor!;
      expect(floor.neededBytes).toBeGreaterThan(100_000);
      expect(floor.neededBytes).toBeLessThan(learned!.bytes);
      expect(floor.total).toBeCloseTo(floor.transfer + floor.local + floor.manifest);
      expect(formatTable(result)).toMatch(/^sluice-learned +\d/m);
    },
    TIMEOUT_MS,
  );

  it('ends early on request, and leaves nothing', async () => {
    const stop = new AbortController();
    const running = bench(stop.signal);
    const timer = setTimeout(() => stop.abort(), 3000);
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' });
    clearTimeout(timer);
    expect(leftovers()).toEqual(nothing);
  }, 60_000);
});
