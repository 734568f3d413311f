import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { LabError } from './lab-error.ts';
import type { LabOrder, LabReport } from './lab-order.ts';
import { removeCgroups } from './remove-cgroups.ts';

export interface LabRunOptions<Order extends LabOrder> {
  /** The program that runs inside: calls `runInside`. */
  readonly program: string;
  readonly order: Omit<Order, keyof LabOrder>;
  /** Environment in which the tools are found. */
  readonly env: NodeJS.ProcessEnv;
  /** For the name of the directory, and for messages. */
  readonly task: 'demo' | 'bench';
  /** A network of its own, too: then nothing else is to be reached. */
  readonly ownNetwork?: boolean;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const workspace = join(import.meta.dirname, '..', '..');

/** Longer than all that stops in order takes. What has not ended by then is killed. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Runs a program as the first process of PID and mount namespaces of its own (and of a network namespace), with a
 * directory for its files, and returns what it reports. Nothing stays: no process, mount, cgroup or file, however it
 * ends.
 *
 * @throws LabError what the program reports; INTERRUPTED by the signal
 */
export async function runInLab<Order extends LabOrder, Result>(
  options: LabRunOptions<Order>,
): Promise<Result> {
  if (options.signal.aborted) throw new LabError('INTERRUPTED', `The ${options.task} was interrupted.`);
  const directory = mkdtempSync(join(tmpdir(), `sluice-${options.task}-`));
  const name = basename(directory);
  try {
    const order = { ...options.order, workspace, directory, logs: join(directory, 'logs'), name };
    const report = await askInside<Result>(options, order);
    if ('result' in report) return report.result;
    throw new LabError(report.code, report.message);
  } finally {
    removeCgroups(name);
    await rm(directory, { recursive: true, force: true });
  }
}

async function askInside<Result>(
  options: LabRunOptions<LabOrder>,
  order: LabOrder,
): Promise<LabReport<Result>> {
  const { program, env, task, ownNetwork, signal } = options;
  const node = [process.execPath, '--conditions=source', '--disable-warning=ExperimentalWarning'];
  const namespaces = '--mount --propagation private --pid --mount-proc --fork --kill-child'.split(' ');
  if (ownNetwork) namespaces.push('--net');
  const child = spawn('unshare', [...namespaces, ...node, program, JSON.stringify(order)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A terminal's Ctrl-C would end all programs at once; they are to end in order.
    detached: true,
  });
  let report: LabReport<Result> = {
    code: 'COMMAND_FAILED',
    message: `The ${task} was killed before it could say why: "dmesg" says whether memory ran out.`,
  };
  child.on('message', (message) => {
    report = message as LabReport<Result>;
  });
  const stop = () => askToStop(child);
  signal.addEventListener('abort', stop);
  try {
    await once(child, 'close');
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return report;
}

function askToStop(child: ChildProcess): void {
  if (child.connected) child.send('stop');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  child.once('close', () => clearTimeout(timer));
}
