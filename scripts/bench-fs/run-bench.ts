import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchResult, type Measure, measures, type Round, type SubjectResult } from './bench-result.ts';
import { type BenchSize, writeFiles } from './bench-tree.ts';
import { rateGoals } from './goals.ts';
import { measureSubject } from './measure-subject.ts';
import type { StargzProgram } from './stargz/find-stargz.ts';
import { createServerStarter } from './start-server.ts';
import { type Subject, subjects } from './subjects.ts';

export interface BenchOptions extends BenchSize {
  readonly rounds: number;
  /** Finds the program of the stargz snapshotter; what it throws is why that is not measured. */
  findStargz(): StargzProgram;
  /** Called before each round of a subject. */
  onProgress(what: string): void;
}

/** Measures all subjects in turn, round by round, so that a change of the machine's load meets all of them. */
export async function runBench({
  bigMib,
  smallFiles,
  rounds,
  findStargz,
  onProgress,
}: BenchOptions): Promise<BenchResult> {
  const base = mkdtempSync(join(tmpdir(), 'sluice-bench-fs-'));
  const places = { base, plain: join(base, 'plain'), content: join(base, 'content') };
  const measured = new Map<Subject, Round[]>();
  const skipped = new Map<string, string>();
  try {
    mkdirSync(places.plain);
    onProgress('writing files');
    const size = { bigMib, smallFiles };
    writeFiles(size, places);
    await using servers = createServerStarter(size, places, findStargz);
    for (let round = 1; round <= rounds; round++) {
      for (const subject of subjects) {
        if (skipped.has(subject.name)) continue;
        onProgress(`round ${round} of ${rounds}: ${subject.name}`);
        try {
          const figures = await measureSubject(subject, { ...places, size, start: servers.start });
          measured.set(subject, [...(measured.get(subject) ?? []), figures]);
        } catch (error) {
          skipped.set(subject.name, (error as Error).message.split('\n')[0]!);
        }
      }
    }
    const results = compare(measured);
    const fileSystem = fileSystemOf(base);
    return {
      kernel: release(),
      fileSystem,
      bigMib,
      smallFiles,
      rounds,
      units: measures,
      subjects: results,
      goals: rateGoals(results),
      skipped: [...skipped].map(([subject, reason]) => ({ subject, reason })),
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

function fileSystemOf(path: string): string {
  const [, type] = execFileSync('df', ['--output=fstype', path], { encoding: 'utf8' }).trim().split('\n');
  return type ?? 'unknown';
}

function compare(measured: ReadonlyMap<Subject, readonly Round[]>): SubjectResult[] {
  const results = [...measured].map(([{ name }, rounds]) => ({
    subject: name,
    rounds,
    median: mapMeasures((measure) => median(rounds.map((round) => round[measure]))),
  }));
  const baseline = results[0];
  return results.map((result) => ({
    ...result,
    ratio: mapMeasures((measure) => result.median[measure] / (baseline?.median[measure] || Number.NaN)),
  }));
}

function mapMeasures(value: (measure: Measure) => number): Round {
  return Object.fromEntries(Object.keys(measures).map((key) => [key, value(key as Measure)])) as Round;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
