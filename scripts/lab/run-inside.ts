import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabContext } from './lab-context.ts';
import { LabError } from './lab-error.ts';
import type { LabOrder, LabReport } from './lab-order.ts';
import { createProgress } from './progress.ts';
import { removeCgroups } from './remove-cgroups.ts';
import { OVERLAYFS_SUPER_MAGIC } from './requirements.ts';

export interface InsideOptions<Order, Result> {
  readonly task: 'demo' | 'bench';
  work(context: LabContext, order: Order): Promise<Result>;
}

/**
 * The life of a program that `runInLab` has started: does the work, reports, and ends the process. As the first
 * process of its namespaces it takes with it all that it has started and mounted, however it ends.
 */
export async function runInside<Order extends LabOrder, Result>(
  options: InsideOptions<Order, Result>,
): Promise<void> {
  const order: Order = JSON.parse(process.argv[2] ?? '');
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  process.on('message', () => stop.abort());
  process.on('disconnect', () => {
    stop.abort();
    setTimeout(() => process.exit(1), 30_000);
  });
  // Whoever read it may be gone.
  process.stderr.on('error', () => {});
  const report = await reportOf(options, order, stop.signal);
  if (process.connected) {
    process.send?.(report, undefined, {}, () => process.exit(0));
  } else {
    await removeEverything(order);
    process.exit(1);
  }
}

async function reportOf<Order extends LabOrder, Result>(
  { task, work }: InsideOptions<Order, Result>,
  order: Order,
  signal: AbortSignal,
): Promise<LabReport<Result>> {
  try {
    preparePlaces(order);
    const progress = createProgress((text) => process.stderr.write(text));
    const { workspace, directory, logs, name } = order;
    const context = { workspace, directory, logs, name, env: process.env, signal, progress };
    return { result: await work(context, order) };
  } catch (error) {
    if (signal.aborted) return { code: 'INTERRUPTED', message: `The ${task} was interrupted.` };
    const [code, message] =
      error instanceof LabError
        ? [error.code, error.message]
        : ['COMMAND_FAILED' as const, String((error as Error).stack)];
    return { code, message: `${message}\nThe logs of all programs are in ${keepLogs(task, order)}.` };
  }
}

function preparePlaces(order: LabOrder): void {
  // containerd's shims and runc have places in /run that cannot be configured.
  mountTmpfs('/run');
  // Overlayfs does not take a directory on overlayfs for its upper layer.
  if (statfsSync(order.directory).type === OVERLAYFS_SUPER_MAGIC) mountTmpfs(order.directory);
  mkdirSync(order.logs);
}

function mountTmpfs(directory: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { encoding: 'utf8' });
  if (status !== 0)
    throw new LabError('CANNOT_RUN_HERE', `A tmpfs cannot be mounted on ${directory}: ${stderr}`);
}

/** Copies the logs to where they outlive the run. */
function keepLogs(task: string, { workspace, logs }: LabOrder): string {
  const kept = join(workspace, '.cache', `${task}-logs`);
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  cpSync(logs, kept, { recursive: true });
  return kept;
}

/** The work of the process that has started this one, if that is gone. */
async function removeEverything(order: LabOrder): Promise<void> {
  endOthers();
  await delay(500);
  try {
    removeCgroups(order.name);
  } finally {
    await rm(order.directory, { recursive: true, force: true });
  }
}

/** All processes of this namespace but the first, which is this one: kill(2). */
function endOthers(): void {
  if (process.pid !== 1) return;
  try {
    process.kill(-1, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
