import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectHolder } from './connect-holder.ts';
import type { Holder } from './holder.ts';
import { HolderError } from './holder-error.ts';

export interface StartHolderOptions {
  readonly socketPath: string;
  /** Default 10 s. */
  readonly idleExitMs?: number;
  readonly signal?: AbortSignal;
}

const START_TIMEOUT_MS = 10_000;
const RETRY_MS = 20;

/** It runs a few short functions, so what helps long computations only costs memory. */
const SMALL = ['--max-old-space-size=32', '--max-semi-space-size=1', '--v8-pool-size=1'];

/**
 * Connects to the holder on a socket; starts one where none runs, in a session of its own, so that it outlives this
 * process and its terminal. Its complaints go to a file beside the socket.
 *
 * Only one process at a time may do this for one socket.
 *
 * @throws HolderError START_FAILED, with what the holder said
 */
export async function startHolder(options: StartHolderOptions): Promise<Holder> {
  const { socketPath, signal } = options;
  const running = await connectIfRunning(options);
  if (running) return running;
  // Nobody listens: if there is a socket, its holder died.
  rmSync(socketPath, { force: true });
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
  const child = spawnHolder(options);
  for (const deadlineMs = Date.now() + START_TIMEOUT_MS; Date.now() < deadlineMs; ) {
    const started = await connectIfRunning(options);
    if (started) return started;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await delay(RETRY_MS, undefined, signal && { signal });
  }
  child.kill('SIGKILL');
  throw new HolderError(
    'START_FAILED',
    `sluice-holder did not start on ${socketPath}: ${saidBy(socketPath)}`,
  );
}

/** Undefined if nobody listens there. */
export async function connectIfRunning({
  socketPath,
  signal,
}: StartHolderOptions): Promise<Holder | undefined> {
  try {
    return await connectHolder({ socketPath, ...(signal && { signal }) });
  } catch (error) {
    if (error instanceof HolderError && error.code === 'NOT_RUNNING') return undefined;
    throw error;
  }
}

function spawnHolder({ socketPath, idleExitMs = 10_000 }: StartHolderOptions): ChildProcess {
  const log = openSync(logOf(socketPath), 'w', 0o600);
  try {
    const flags = ['--socket', socketPath, '--idle-exit-ms', String(idleExitMs)];
    const child = spawn(process.execPath, [...SMALL, ...holderProgram(), ...flags], {
      detached: true,
      stdio: ['ignore', 'ignore', log],
      cwd: '/',
    });
    // Its failure to start is seen by that it does not listen.
    child.on('error', () => undefined);
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** The program that lies beside this file: as source in a checkout, else as it was built. */
function holderProgram(): string[] {
  if (!import.meta.url.endsWith('.ts')) {
    return ['--jitless', fileURLToPath(new URL('./main.js', import.meta.url))];
  }
  const source = fileURLToPath(new URL('./main.ts', import.meta.url));
  // Node reads TypeScript by WebAssembly, which needs the compiler.
  return ['--no-opt', '--conditions=source', '--disable-warning=ExperimentalWarning', source];
}

function logOf(socketPath: string): string {
  return `${socketPath}.log`;
}

function saidBy(socketPath: string): string {
  return readFileSync(logOf(socketPath), 'utf8').trim() || 'it said nothing';
}
