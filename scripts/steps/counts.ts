import { readFileSync, writeFileSync } from 'node:fs';
import { failuresOfVitest } from './vitest-failures.ts';

/** How the tests of a suite ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** What has failed and why, a text each: what remains of a log when only its end is kept. May be incomplete. */
  readonly failures?: readonly string[];
}

/** Where a suite that is a step of `npm test` leaves its counts: the path of a file. */
export const COUNTS_VARIABLE = 'SLUICE_TEST_COUNTS';

/** Says how a suite ended, to `npm test` or else to whoever has started it, and sets the exit code. */
export function reportCounts(counts: Counts): void {
  const path = process.env[COUNTS_VARIABLE];
  if (path) writeFileSync(path, JSON.stringify(counts));
  else console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

/** Reads what a suite has left; a suite that left nothing has failed. Understands vitest's JSON report too. */
export function readCounts(path: string): Counts {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    return {
      passed: count(report.passed ?? report.numPassedTests),
      failed: count(report.failed ?? report.numFailedTests),
      failures: report.failures ?? failuresOfVitest(report),
    };
  } catch (error) {
    return { passed: 0, failed: 1, failures: [`It has not said how its tests ended: ${error}`] };
  }
}

/** How two suites ended together. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...(a.failures ?? []), ...(b.failures ?? [])],
  };
}

/** The same with one failure more: something beside the tests that went wrong. */
export function addFailure(counts: Counts, what: string): Counts {
  return addCounts(counts, { passed: 0, failed: 1, failures: [what] });
}

function count(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`not a count: ${value}`);
  return value;
}
