import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian-packages.ts';
import { addCounts, addFailure, COUNTS_VARIABLE, type Counts, readCounts } from './steps/counts.ts';
import { endLeftovers } from './steps/end-leftovers.ts';
import { RUN_VARIABLE } from './steps/leftovers.ts';
import { runSteps, type Step } from './steps/run-steps.ts';
import { staticSteps } from './steps/static-steps.ts';
import { suites, testPackages } from './test-suites.ts';

// Everything, as CI runs it. The last line says how many tests passed and failed.
if (process.getuid?.() !== 0) {
  console.error('npm test mounts file systems and runs containers: run it as root (or run "npm run check").');
  process.exit(1);
}
ensureDebianPackages(testPackages);

/** However the steps end, the whole ends. */
const TOTAL_TIMEOUT_MS = 60 * 60_000;
const deadlineMs = Date.now() + TOTAL_TIMEOUT_MS;
const run = randomUUID();
const reports = mkdtempSync(join(tmpdir(), 'sluice-counts-'));
// Short, for the paths of unix sockets have 107 bytes.
const directory = mkdtempSync(join(tmpdir(), 'sl-'));

let total: Counts = { passed: 0, failed: 0 };
const everything = [...staticSteps, ...suites.map(asStep)];
await runSteps(everything, { goesOn });
for (const sentence of endLeftovers(run, directory)) total = addFailure(total, sentence);
for (const path of [reports, directory]) rmSync(path, { recursive: true, force: true });
// Whoever keeps only the end of what this prints is to know what has failed.
for (const failure of total.failures ?? []) console.error(`\nFAILED ${failure}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

function asStep(suite: Step): Step {
  const report = reportOf(suite);
  const env = { [RUN_VARIABLE]: run, [COUNTS_VARIABLE]: report, TMPDIR: directory };
  const [program, ...args] = suite.command;
  return { ...suite, command: [program, ...args.map((arg) => arg.replace('{report}', report))], env };
}

function reportOf({ name }: Step): string {
  return join(reports, `${name.replaceAll(' ', '-')}.json`);
}

function goesOn(step: Step, ok: boolean): boolean {
  const counts = staticSteps.includes(step) ? { passed: ok ? 1 : 0, failed: 0 } : readCounts(reportOf(step));
  const failures = counts.failures?.map((failure) => `${step.name}: ${failure}`) ?? [];
  total = addCounts(total, { ...counts, failures });
  // A suite whose tests passed, but which did not end well, has failed too.
  if (!ok && counts.failed === 0) total = addFailure(total, `${step.name}: it did not end well, see above`);
  if (Date.now() < deadlineMs) return true;
  const minutes = TOTAL_TIMEOUT_MS / 60_000;
  total = addFailure(total, `npm test has run for ${minutes} minutes: what is left is not run.`);
  return false;
}
