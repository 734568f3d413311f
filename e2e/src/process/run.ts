import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunOptions {
  /** The command and what it started are killed then. Default: a minute. */
  readonly timeoutMs?: number;
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Accept another status than 0. */
  readonly mayFail?: boolean;
  /** Gets all output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** Kills it, too. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 if a signal ended it. */
  readonly status: number;
}

const DEFAULT_TIMEOUT_MS = 60_000;
/** How long output is awaited of what the command left running; that must not hold anybody up. */
const OUTPUT_GRACE_MS = 500;

/**
 * Runs a command to its end, without input and in a process group of its own.
 *
 * @throws with all that it has printed, if it fails or takes too long
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  options.signal?.throwIfAborted();
  const child = spawn(command[0]!, command.slice(1), {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const output = collect(child, options.onOutput);
  const limit = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(options.signal ? [options.signal] : []),
  ]);
  const kill = () => killGroup(child.pid);
  limit.addEventListener('abort', kill);
  const closed = new Promise((resolve) => child.once('close', resolve));
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? -1));
  }).finally(() => limit.removeEventListener('abort', kill));
  await Promise.race([closed, delay(OUTPUT_GRACE_MS)]);
  child.stdout.destroy();
  child.stderr.destroy();
  options.signal?.throwIfAborted();
  if (limit.aborted || (status !== 0 && !options.mayFail)) {
    const end = limit.aborted ? `was killed after ${timeoutMs} ms` : `ended with ${status}`;
    throw new Error(`${command.join(' ')} ${end}:\n${output.stdout}${output.stderr}`);
  }
  return { ...output, status };
}

function collect(child: ChildProcessByStdio<null, Readable, Readable>, onOutput?: (text: string) => void) {
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      onOutput?.(text);
    });
  }
  return output;
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
