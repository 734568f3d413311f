import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createBranchCoverage, type Region } from './branch-coverage.ts';
import { type FuzzInput, inputFileName, readInputs } from './fuzz-input.ts';
import { runFuzz } from './run-fuzz.ts';
import { seedInputs } from './seed-inputs.ts';
import { tryInput } from './try-input.ts';

/** How many inputs the short run tries; `node scripts/run.mjs fuzz` is the long one. */
const inputCount = Number(process.env['SLUICE_FUZZ_INPUTS'] ?? 600);
const corpus = join(import.meta.dirname, '../../fixtures/corpus');
// Code counts from when it is first compiled: before the seeds are made.
const coverage = createBranchCoverage('/packages/layer/src/');
const seeds = await seedInputs();

afterAll(() => coverage[Symbol.dispose]());

describe('the fuzzer', () => {
  it('finds no input that does anything but to be accepted or refused', { timeout: 120_000 }, async () => {
    const isOver = (inputs: number) => inputs >= inputCount;
    const report = await runFuzz({ target: tryInput, coverage, isOver }, { seeds, seed: 1 });
    expect(report.failures).toEqual([]);
    expect(report.inputs).toBeGreaterThanOrEqual(inputCount);
    // It got somewhere: mutations ran code that no seed ran, and many were not refused at the first byte.
    expect(report.kept).toBeGreaterThan(0);
    expect(report.outcomes['accepted']).toBeGreaterThan(50);
    expect(report.outcomes['CORRUPT']).toBeGreaterThan(50);
  });

  it('gives the input that shows a bug, once for each bug', async () => {
    const target = async ({ bytes }: FuzzInput) => {
      const text = Buffer.from(bytes).toString('latin1');
      if (/"uid":-1\b/.test(text)) throw new TypeError(`no user at ${bytes.length}`);
      if (text.includes('../a')) throw new RangeError('outside');
      return 'accepted';
    };
    const nothing = { take: () => [], note: () => undefined, noted: 0 };
    const isOver = (inputs: number) => inputs > 50_000;
    const options = { seeds, seed: 1, maxFailures: 2 };
    const { failures } = await runFuzz({ target, coverage: nothing, isOver }, options);
    expect(failures.map(({ error }) => (error as Error).name).sort()).toEqual(['RangeError', 'TypeError']);
    for (const { input, error } of failures) await expect(target(input)).rejects.toEqual(error);
  });

  it('goes on from inputs that reached something new, and says which these are', async () => {
    const reached = new Set<number>();
    let ran = new Set<number>();
    // Code that knows how many chunks follow each other: every further one is a region of its own.
    const target = async ({ bytes }: FuzzInput) => {
      const chunks =
        Buffer.from(bytes)
          .toString('latin1')
          .match(/"type":"chunk"/g) ?? [];
      ran.add(chunks.length);
      return 'accepted';
    };
    const take = () => {
      const fresh = [...ran].filter((count) => !reached.has(count));
      ran = new Set();
      return fresh.map((count) => ({ name: '', start: count, end: count + 1 }));
    };
    const note = (regions: readonly Region[]) => regions.forEach(({ start }) => void reached.add(start));
    const kept: FuzzInput[] = [];
    const deps = {
      target,
      coverage: { take, note, noted: 0 },
      onKept: (input: FuzzInput) => void kept.push(input),
    };
    const layers = seeds.slice(0, 12).filter(({ kind }) => kind === 'layer');
    const report = await runFuzz({ ...deps, isOver: (inputs) => inputs > 3000 }, { seeds: layers, seed: 1 });
    expect(Math.max(...reached)).toBeGreaterThan(8);
    expect(kept.length).toBe(report.kept);
    expect(report.kept).toBeGreaterThan(4);
  });
});

describe('the corpus', () => {
  const inputs = readInputs(corpus);

  it('has names that tell what its inputs are', () => {
    expect(inputs.length).toBeGreaterThan(5);
  });

  it.each(inputs.map((input) => [inputFileName(input), input] as const))(
    'is survived: %s',
    async (_, input) => {
      expect(await tryInput(input)).toMatch(
        /^(accepted|other format|CORRUPT|UNVERIFIED|UNSUPPORTED|TOO_LARGE)$/,
      );
    },
  );
});
