import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findMounts } from '../../packages/linux/src/index.ts';
import { type BenchResult, type Measure, measures } from './bench-result.ts';
import { formatTable } from './format-table.ts';
import { runBench } from './run-bench.ts';

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
    const result = await runBench({ bigMib: 2, smallFiles: 50, rounds: 1, onProgress() {} });
    // libfuse2 need not be there; whatever else is not measured is a mistake.
    expect(result.skipped.filter(({ subject }) => subject !== 'fuse-native')).toEqual([]);
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

describe('the table', () => {
  it('has a line a measure, a column a subject, and says what was not measured', () => {
    const round = Object.fromEntries(
      Object.keys(measures).map((key) => [key, 10]),
    ) as BenchResult['subjects'][0]['median'];
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
      skipped: [{ subject: 'three', reason: 'no libfuse' }],
    };
    const lines = formatTable(result).split('\n');
    expect(lines[3]!.trim().split(/\s{2,}/)).toEqual(['one', 'two']);
    expect(lines[4]!.split(/\s{2,}/)).toEqual(['tree walk, first (names/s)', '10 (1.00)', '1,235 (0.50)']);
    expect(lines.find((line) => line.startsWith('server CPU'))).toContain('-');
    expect(lines.at(-1)).toBe('Not measured: three: no libfuse');
    expect(lines.filter((line) => /\(\S+\/s\)|\(ms\)|\(MiB\)/.test(line))).toHaveLength(
      Object.keys(measures).length,
    );
  });
});
