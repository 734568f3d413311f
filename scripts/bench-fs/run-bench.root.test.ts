import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findMounts } from '../../packages/linux/src/index.ts';
import { type BenchResult, type Measure, measures } from './bench-result.ts';
import { formatTable } from './format-table.ts';
import { rateGoals } from './goals.ts';
import { runBench } from './run-bench.ts';
import { foundStargz } from './stargz/find-stargz.ts';

describe('the benchmark of file systems', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'sluice-bench-test-'));
    vi.stubEnv('TMPDIR', base);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(base, { recursive: true });
  });

  it('measures everything once, and leaves nothing', async () => {
    const stargz = foundStargz(join(import.meta.dirname, '..', '..'));
    const findStargz = () => {
      if (stargz === undefined) throw new Error('it is not built for a test');
      return stargz;
    };
    const result = await runBench({ bigMib: 2, smallFiles: 50, rounds: 1, findStargz, onProgress() {} });
    // libfuse2 need not be there; whatever else is not measured is a mistake.
    const optional = stargz === undefined ? ['fuse-native', 'stargz'] : ['fuse-native'];
    expect(result.skipped.filter(({ subject }) => !optional.includes(subject))).toEqual([]);
    for (const { subject, median } of result.subjects) {
      const served = !['plain', 'overlayfs on plain'].includes(subject);
      const zero = (Object.keys(measures) as Measure[]).filter((measure) => !(median[measure] > 0));
      expect({ subject, zero: served ? zero : [] }).toEqual({ subject, zero: [] });
    }
    expect(result.subjects[0]!.ratio.randomFirst).toBe(1);
    expect(readdirSync(base)).toEqual([]);
    expect(findMounts({ below: base })).toEqual([]);
  }, 120_000);
});

function roundOf(value: number): BenchResult['subjects'][0]['median'] {
  return Object.fromEntries(Object.keys(measures).map((key) => [key, value])) as never;
}

describe('the goals', () => {
  it('are rated by the median of the ratios of each round', () => {
    const rounds = (...values: number[]) => values.map(roundOf);
    const goals = rateGoals([
      { subject: 'passthrough', rounds: rounds(10, 200, 30) },
      { subject: 'plain', rounds: rounds(10, 100, 60) },
      { subject: 'stargz', rounds: rounds(5, 100, 20) },
    ]);
    const of = (start: string) => goals.filter(({ what }) => what.startsWith(start));
    expect(of('randomFirst')).toEqual([
      { what: 'randomFirst of passthrough to plain', ratio: 1, atLeast: 0.95, met: true },
    ]);
    expect(of('smallFirst')).toMatchObject([{ ratio: 2, atLeast: 1.5, met: true }]);
    expect(of('serverCpuMs')).toMatchObject([{ ratio: 2, atMost: 0.5, met: false }]);
  });

  it('are left out where a subject was not measured', () => {
    expect(rateGoals([{ subject: 'passthrough', rounds: [roundOf(1)] }])).toEqual([]);
  });
});

describe('the table', () => {
  it('has a line a measure, a column a subject, and says what was not measured', () => {
    const round = roundOf(10);
    const result: BenchResult = {
      kernel: '6.9',
      fileSystem: 'ext4',
      bigMib: 1,
      smallFiles: 2,
      rounds: 3,
      units: measures,
      subjects: [
        {
          subject: 'one',
          rounds: [round],
          median: { ...round, serverCpuMs: 0 },
          ratio: { ...round, walkFirst: 1 },
        },
        {
          subject: 'two',
          rounds: [round],
          median: { ...round, walkFirst: 1234.5 },
          ratio: { ...round, walkFirst: 0.5 },
        },
      ],
      goals: [{ what: 'reads of one to two', ratio: 0.3, atLeast: 0.95, met: false }],
      skipped: [{ subject: 'three', reason: 'no libfuse' }],
    };
    const lines = formatTable(result).split('\n');
    expect(lines[3]!.trim().split(/\s{2,}/)).toEqual(['one', 'two']);
    expect(lines[4]!.split(/\s{2,}/)).toEqual(['tree walk, first (names/s)', '10 (1.00)', '1,235 (0.50)']);
    expect(lines.find((line) => line.startsWith('server CPU'))).toContain('-');
    expect(lines).toContain('missed   reads of one to two: 0.30, wanted at least 0.95');
    expect(lines.at(-1)).toBe('Not measured: three: no libfuse');
    expect(lines.filter((line) => /\(\S+\/s\)|\(ms\)|\(MiB\)/.test(line))).toHaveLength(
      Object.keys(measures).length,
    );
  });
});
