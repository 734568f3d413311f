import { spawnSync } from 'node:child_process';

export interface AptResult {
  readonly ok: boolean;
  /** Both streams: apt writes what went wrong to stderr and what it wanted to stdout. */
  readonly output: string;
}

/** Runs a command of the apt family to its end, without questions and in English. */
export function apt(
  command: 'apt-get' | 'apt-config' | 'dpkg' | 'dpkg-query',
  args: readonly string[],
): AptResult {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const result = spawnSync(command, args, { encoding: 'utf8', env, maxBuffer: 1 << 28 });
  if (result.error) {
    throw new Error(
      `Cannot start ${command}: ${result.error.message}. This needs a Debian machine, or the tools installed by hand.`,
      { cause: result.error },
    );
  }
  return { ok: result.status === 0, output: result.stdout + result.stderr };
}
