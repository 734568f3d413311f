import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { countTests } from './count-tests.ts';
import { type GoToolchain, goToolchain } from './go-toolchain.ts';
import { startDaemon, type TestDaemon } from './start-daemon.ts';

export interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
}

const workspace = join(import.meta.dirname, '..', '..');

/** Far more than a slow machine needs to compile containerd's packages for the first time. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/**
 * Runs containerd's snapshots/testsuite through its proxy client against a `sluiced` of its own. Needs root, and
 * a temporary directory (TMPDIR) on a file system that overlayfs can write to. Fetches what it needs into .cache
 * and installs nothing. Prints a line a test, and the rest of the output where one fails.
 */
export async function runConformance(): Promise<ConformanceResult> {
  const toolchain = goToolchain(join(workspace, '.cache'));
  await using daemon = await startDaemon(workspace);
  const { events, problem } = runGoTests(toolchain, daemon);
  const counted = countTests(events);
  for (const line of counted.lines) console.log(line);
  if (counted.failed > 0 || problem) console.error(`${counted.output}${problem ?? ''}\n${daemon.log()}`);
  const stopped = await daemon.stop();
  if (stopped) console.error(stopped);
  // A suite that does not compile, or a daemon that does not stop, is a failure too.
  const others = (problem && counted.failed === 0 ? 1 : 0) + (stopped ? 1 : 0);
  return { passed: counted.passed, failed: counted.failed + others };
}

function runGoTests(
  { go, env }: GoToolchain,
  { address, directory }: TestDaemon,
): { events: string; problem?: string } {
  const result = spawnSync(go, ['test', '-json', '-count=1', '-timeout=5m', '.'], {
    cwd: join(workspace, 'e2e', 'conformance'),
    env: { ...process.env, ...env, SLUICE_ADDRESS: address, TMPDIR: directory },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: BUILD_TIMEOUT_MS,
  });
  if (result.status === 0) return { events: result.stdout };
  const end = result.error?.message ?? `status ${result.status}, signal ${result.signal}`;
  return { events: result.stdout ?? '', problem: `${result.stderr ?? ''}\ngo test ended with ${end}` };
}
