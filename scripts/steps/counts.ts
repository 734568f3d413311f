import { readFileSync, writeFileSync } from 'node:fs';

/** How the tests of a suite ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
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
    };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function count(value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`not a count: ${value}`);
  return value;
}
