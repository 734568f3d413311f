import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebianPackages } from './debian-packages.ts';
import { COUNTS_VARIABLE, readCounts } from './steps/counts.ts';
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

const total = { passed: 0, failed: 0 };
const everything = [...staticSteps, ...suites.map(asStep)];
await runSteps(everything, { goesOn });
for (const sentence of endLeftovers(run, directory)) {
  console.error(sentence);
  total.failed++;
}
for (const path of [reports, directory]) rmSync(path, { recursive: true, force: true });
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
  const { passed, failed } = staticSteps.includes(step)
    ? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
    : readCounts(reportOf(step));
  total.passed += passed;
  // A suite whose tests passed, but which did not end well, has failed too.
  total.failed += failed === 0 && !ok ? 1 : failed;
  if (Date.now() < deadlineMs) return true;
  console.error(`npm test has run for ${TOTAL_TIMEOUT_MS / 60_000} minutes: what is left is not run.`);
  total.failed++;
  return false;
}
