import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { LabError } from './lab-error.ts';
import { lastLines } from './run-command.ts';

export interface ServerCommand {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Both of its streams go there. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}

/** A program that runs until it is disposed of: SIGTERM, and SIGKILL if it does not end in time. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  log(): string;
  /**
   * Resolves with what `look` returns once that is not undefined.
   *
   * @throws LabError COMMAND_FAILED if the program has ended, TIMED_OUT, INTERRUPTED
   */
  until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Starts a program. Its readiness is for `until` to find out. */
export function startServer(options: ServerCommand): ServerProcess {
  const { name, command, args, env, logFile, signal } = options;
  const file = openSync(logFile, 'a');
  const child = spawn(command, args, { env, stdio: ['ignore', file, file] });
  closeSync(file);
  let ended: string | undefined;
  child.on('error', (error) => {
    ended = error.message;
  });
  child.on('exit', (code, by) => {
    ended = `it ended with ${code ?? by}`;
  });
  const log = () => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  const fail = (code: 'COMMAND_FAILED' | 'TIMED_OUT', why: string) =>
    new LabError(code, `${name} does not serve: ${why}.${lastLines(log())}`);
  return {
    pid: child.pid ?? 0,
    log,
    async until(look) {
      const deadlineMs = performance.now() + READY_TIMEOUT_MS;
      for (;;) {
        if (signal.aborted) throw new LabError('INTERRUPTED', `Waiting for ${name} was interrupted.`);
        if (ended) throw fail('COMMAND_FAILED', ended);
        const found = await look();
        if (found !== undefined) return found;
        if (performance.now() > deadlineMs) throw fail('TIMED_OUT', `not ready in ${READY_TIMEOUT_MS} ms`);
        await delay(POLL_MS);
      }
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exit;
  clearTimeout(timer);
}
