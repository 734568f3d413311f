import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A server that runs beside the tests. Disposing it stops it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed. */
  log(): string;
  /**
   * Sends a signal and waits for the end; after a while it is killed. Returns how it ended: a status, or a signal's
   * name. May be called again.
   */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface StartOptions {
  readonly command: readonly [string, ...string[]];
  /** Gets all output. A file, so that nothing that outlives the server holds a pipe of ours. */
  readonly logFile: string;
  /** Resolves to true when the server serves; asked again and again. */
  readonly ready: () => Promise<boolean>;
  readonly env?: Readonly<Record<string, string>>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

/** @throws with the server's log, if it does not serve in time; it does not run then */
export async function startProcess(options: StartOptions): Promise<ServerProcess> {
  const [command, ...args] = options.command;
  const log = () => readFileSync(options.logFile, 'utf8');
  const descriptor = openSync(options.logFile, 'a');
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', descriptor, descriptor],
  });
  closeSync(descriptor);
  await once(child, 'spawn');
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    return ended.finally(() => clearTimeout(timer));
  };
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!(await options.ready())) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadlineMs) {
      await stop('SIGKILL');
      throw new Error(`${options.command.join(' ')} does not serve:\n${log()}`);
    }
    await delay(50);
  }
  return {
    pid: child.pid!,
    log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
