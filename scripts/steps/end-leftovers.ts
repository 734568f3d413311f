import { spawnSync } from 'node:child_process';
import { leftMounts, leftProcesses } from './leftovers.ts';

/**
 * Ends what a test run has left behind, by pid and by mount point. Returns what there was, a sentence each: a test
 * that leaves something behind has failed, whatever it said.
 *
 * @param run the value of RUN_VARIABLE
 * @param directory the run's temporary directory
 */
export function endLeftovers(run: string, directory: string): string[] {
  // Mounts first: a process that waits for its own dead FUSE mount cannot be killed before that is aborted.
  const mounts = leftMounts(directory);
  for (const at of mounts) {
    for (const how of ['-f', '-l']) spawnSync('umount', [how, at], { stdio: 'ignore', timeout: 10_000 });
  }
  const processes = leftProcesses(run);
  for (const { pid } of processes) kill(pid);
  return [
    ...mounts.map((at) => `left mounted: ${at}`),
    ...processes.map(({ pid, command }) => `left running: ${command} (pid ${pid})`),
  ];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
