import { join } from 'node:path';
import { createDaemonHome, type DaemonHome, type TestDaemon } from '../../apps/daemon/test/daemon-home.ts';
import type { Counts } from '../steps/counts.ts';
import { leftMounts } from '../steps/leftovers.ts';
import { countTests } from './count-tests.ts';
import { createGoSuite } from './go-suite.ts';
import { goToolchain } from './go-toolchain.ts';

const cacheDir = join(import.meta.dirname, '..', '..', '.cache');

/**
 * Runs containerd's snapshots/testsuite through its proxy client against a `sluiced` of its own. Needs root, and
 * a temporary directory (TMPDIR) on a file system that overlayfs can write to. Fetches what it needs into .cache
 * and installs nothing. Prints a line a test, and the rest of the output where one fails.
 *
 * @param signal ends it early; it has failed then
 */
export async function runConformance(signal: AbortSignal): Promise<Counts> {
  const toolchain = goToolchain(cacheDir);
  await using home = createDaemonHome();
  const suite = createGoSuite(toolchain, { directory: home.directory, signal });
  console.log('Compiling the suite');
  await suite.compile();
  const daemon = await home.start();
  const { events, problem } = await suite.run(home.address);
  const counted = countTests(events);
  for (const line of counted.lines) console.log(line);
  const problems = [...(problem ? [problem] : []), ...(await stop(home, daemon))];
  if (counted.failed > 0 || problems.length > 0) {
    console.error([counted.output, ...problems, daemon.stderr()].join('\n'));
  }
  // A suite that does not end, or a daemon that does not stop, is a failure too.
  const others = counted.failed === 0 ? problems.length : 0;
  const failures = [...counted.lines.filter((line) => line.startsWith('fail ')), ...problems];
  return { passed: counted.passed, failed: counted.failed + others, failures };
}

/** Returns what is wrong with the end, a sentence each. */
async function stop(home: DaemonHome, daemon: TestDaemon): Promise<string[]> {
  const problems = await daemon.stop().then(
    () => [],
    (error: unknown) => [String(error)],
  );
  return [...problems, ...leftMounts(home.directory).map((at) => `left mounted: ${at}`)];
}
