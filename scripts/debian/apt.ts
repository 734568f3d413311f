import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface AptResult {
  readonly ok: boolean;
  /** Both streams: apt writes what went wrong to stderr and what it wanted to stdout. */
  readonly output: string;
}

/** A slow mirror and some hundred MB; waiting for somebody else's lock is part of it. */
const TIMEOUT_SECONDS = 15 * 60;

/**
 * Runs a command of the apt family to its end, without questions and in English. One that does not end in time is
 * ended, with all that it has started (timeout(1) makes a process group and ends that), and has failed.
 */
export function apt(
  command: 'apt-get' | 'apt-config' | 'dpkg' | 'dpkg-query',
  args: readonly string[],
): AptResult {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-apt-'));
  try {
    return runToFile(join(directory, 'output'), [command, ...args]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Output goes to a file: a pipe would be waited for as long as a process that was left behind holds it. */
function runToFile(file: string, command: readonly string[]): AptResult {
  const output = openSync(file, 'w');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const bounded = ['--kill-after=10', String(TIMEOUT_SECONDS), ...command];
  const { status, error } = spawnSync('timeout', bounded, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  if (error || status === 127) {
    throw new Error(
      `Cannot start ${command[0]}: ${error?.message ?? 'there is no such command'}. ` +
        'This needs a Debian machine, or the tools installed by hand.',
      { cause: error },
    );
  }
  const late = [124, 137].includes(status ?? 137) ? `\nIt did not end within ${TIMEOUT_SECONDS} s.` : '';
  return { ok: status === 0, output: readFileSync(file, 'utf8') + late };
}
