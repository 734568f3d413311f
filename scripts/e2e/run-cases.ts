import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from './container-engine.ts';
import { runContainer } from './run-container.ts';

export interface CaseCounts {
  readonly passed: number;
  readonly failed: number;
}

const CASES_TIMEOUT_MS = 300_000;

/** Runs the test files on one version of containerd, and prints what the test runner prints. */
export async function runCases(
  engine: ContainerEngine,
  options: {
    image: string;
    imagesDir: string;
    containerd: string;
    vitestArgs: readonly string[];
    signal: AbortSignal;
  },
): Promise<CaseCounts> {
  const { containerd, vitestArgs, ...rest } = options;
  const vitest = ['../node_modules/vitest/vitest.mjs', 'run', '--configLoader=native'];
  const reporters = [
    '--reporter=verbose',
    '--reporter=json',
    '--outputFile.json=/sluice-e2e/state/report.json',
  ];
  let counts: CaseCounts = { passed: 0, failed: 0 };
  const { status } = await runContainer(engine, {
    ...rest,
    nodeArgs: [...vitest, ...reporters, ...vitestArgs],
    directory: 'e2e',
    imagesWritable: false,
    env: {
      SLUICE_E2E_CONTAINERD: containerd,
      [process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1',
    },
    timeoutMs: CASES_TIMEOUT_MS,
    onOutput: (text) => process.stdout.write(text),
    onEnd: (stateDir) => {
      counts = readReport(join(stateDir, 'report.json'));
    },
  });
  // Whatever went wrong beside the tests is a failure too.
  return status === 0 || counts.failed > 0 ? counts : { ...counts, failed: counts.failed + 1 };
}

function readReport(path: string): CaseCounts {
  if (!existsSync(path)) return { passed: 0, failed: 0 };
  const report = JSON.parse(readFileSync(path, 'utf8')) as { numPassedTests: number; numFailedTests: number };
  return { passed: report.numPassedTests, failed: report.numFailedTests };
}
