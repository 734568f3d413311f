import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runSteps } from './run-steps.ts';
import { staticSteps } from './static-steps.ts';

// Everything, as CI runs it. The last line says how many tests passed and failed.
if (process.getuid?.() !== 0) {
  console.error('npm test mounts file systems and runs containers: run it as root (or run "npm run check").');
  process.exit(1);
}
const reports = mkdtempSync(join(tmpdir(), 'sluice-test-'));
const unitReport = join(reports, 'unit.json');

const steps = runSteps(
  [
    ...staticSteps,
    {
      name: 'tests',
      command: ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
    },
  ],
  { keepGoing: true },
);
const tests = countTests(unitReport);
rmSync(reports, { recursive: true });

console.log(`\n${steps.passed + tests.passed} passed, ${steps.failed + tests.failed} failed`);
process.exitCode = steps.failed + tests.failed === 0 ? 0 : 1;

function countTests(report: string): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests };
  } catch (error) {
    console.error(`The test runner left no report in ${report}: ${error}`);
    return { passed: 0, failed: 1 };
  }
}
