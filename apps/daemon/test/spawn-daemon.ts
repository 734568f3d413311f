import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a process has ended: with a status or by a signal. */
export interface ProcessEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnedProcess {
  readonly pid: number;
  readonly ended: Promise<ProcessEnd>;
  /** Undefined while it runs. */
  readonly end: ProcessEnd | undefined;
  /** No error where it has ended. */
  kill(signal: NodeJS.Signals): void;
  stdout(): string;
  stderr(): string;
}

export interface SpawnOptions {
  /** Without it and with `bin`: the launcher from the sources. */
  readonly command?: readonly [string, ...string[]];
  /** Prefix for the files that take what it prints: a pipe would have to be emptied, and ends with its last holder. */
  readonly output: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The launcher that works straight from a checkout. */
export const launcher = join(import.meta.dirname, '..', 'bin', 'sluiced');

/**
 * Starts a program that the kernel kills when this process ends, however that ends (prctl(2), PR_SET_PDEATHSIG; it
 * stays across execve). Whoever starts it kills it.
 */
export function spawnDaemon(args: readonly string[], options: SpawnOptions): SpawnedProcess {
  const { output, command = [launcher], cwd, env } = options;
  const files = { stdout: `${output}.out`, stderr: `${output}.err` };
  const [out, err] = [openSync(files.stdout, 'w'), openSync(files.stderr, 'w')];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...command, ...args], {
    stdio: ['ignore', out, err],
    env: { ...process.env, ...env },
    ...(cwd && { cwd }),
  });
  for (const fd of [out, err]) closeSync(fd);
  let end: ProcessEnd | undefined;
  const ended = endOf(child).then((result) => (end = result));
  return {
    pid: child.pid ?? -1,
    ended,
    get end() {
      return end;
    },
    kill: (signal) => void child.kill(signal),
    stdout: () => readFileSync(files.stdout, 'utf8'),
    stderr: () => readFileSync(files.stderr, 'utf8'),
  };
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const [status, signal] = await once(child, 'exit');
  return { status, signal };
}
