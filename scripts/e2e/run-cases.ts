import { join } from 'node:path';
import { addFailure, type Counts, readCounts } from '../steps/counts.ts';
import type { ContainerEngine } from './container-engine.ts';
import { runContainer } from './run-container.ts';
import { REPORT_FILE, vitestCommand } from './vitest-command.ts';

const CASES_TIMEOUT_MS = 420_000;

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
): Promise<Counts> {
  const { containerd, vitestArgs, ...rest } = options;
  let counts: Counts = { passed: 0, failed: 1 };
  const { status } = await runContainer(engine, {
    ...rest,
    nodeArgs: vitestCommand(vitestArgs),
    directory: 'e2e',
    imagesWritable: false,
    env: {
      SLUICE_E2E_CONTAINERD: containerd,
      [process.stdout.isTTY ? 'FORCE_COLOR' : 'NO_COLOR']: '1',
    },
    timeoutMs: CASES_TIMEOUT_MS,
    onOutput: (text) => process.stdout.write(text),
    onEnd: (stateDir) => {
      counts = readCounts(join(stateDir, REPORT_FILE));
    },
  });
  // Whatever went wrong beside the tests is a failure too.
  return status === 0 || counts.failed > 0 ? counts : addFailure(counts, `vitest ended with ${status}`);
}
