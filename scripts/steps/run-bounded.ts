import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface BoundedCommand {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** After it the whole process group is ended. */
  readonly timeoutMs: number;
  /** Ends it early, in the same way. */
  readonly signal?: AbortSignal;
}

/** What a process group gets between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;
/** How long output is waited for after the command has ended: whoever still holds the pipe is an orphan. */
const LAST_OUTPUT_MS = 2_000;

/**
 * Runs a command in a process group of its own, without standard input, and relays what it prints. Its output goes
 * through pipes of ours, so that a process which outlives it cannot keep this process's own output open: whoever
 * reads that to its end would wait for ever.
 *
 * @returns what is wrong with how it ended; undefined if nothing is
 */
export async function runBounded(bounded: BoundedCommand): Promise<string | undefined> {
  const [program, ...args] = bounded.command;
  const child = spawn(program, args, {
    cwd: bounded.cwd,
    env: { ...process.env, ...colour(), ...bounded.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', (data: Buffer) => process.stdout.write(data));
  child.stderr.on('data', (data: Buffer) => process.stderr.write(data));
  const closed = once(child, 'close').catch(() => undefined);
  try {
    return await endOf(child, bounded);
  } catch (error) {
    return `cannot start ${program}: ${error instanceof Error ? error.message : error}`;
  } finally {
    await Promise.race([closed, delay(LAST_OUTPUT_MS, undefined, { ref: false })]);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

async function endOf(
  child: ChildProcess,
  { timeoutMs, signal }: BoundedCommand,
): Promise<string | undefined> {
  const exit = once(child, 'exit');
  const late = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  const lateEvent = once(late, 'abort').then(() => 'late' as const);
  if (!late.aborted && (await Promise.race([exit, lateEvent])) !== 'late') {
    const [code, killedBy] = await exit;
    return code === 0 ? undefined : `it ended with ${killedBy ?? `status ${code}`}`;
  }
  await endGroup(child, exit);
  return signal?.aborted ? 'it was interrupted' : `it did not end within ${timeoutMs / 1000} s`;
}

async function endGroup(child: ChildProcess, exit: Promise<unknown>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  await Promise.race([exit, delay(GRACE_MS, undefined, { ref: false })]);
  signalGroup(child, 'SIGKILL');
  // A process that waits for a dead file system cannot be killed: it is not waited for.
  await Promise.race([exit, delay(GRACE_MS, undefined, { ref: false })]);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

function colour(): Record<string, string> {
  return process.stdout.isTTY && !process.env['NO_COLOR'] ? { FORCE_COLOR: '1' } : {};
}
