import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';
import type { DemoOrder, DemoReport } from './demo-order.ts';
import { measure } from './measure.ts';
import { createProgress } from './progress.ts';
import { removeCgroups } from './remove-cgroups.ts';
import { OVERLAYFS_SUPER_MAGIC } from './requirements.ts';

// Runs as the first process of PID and mount namespaces of its own: when it ends, the kernel ends all that it has
// started and takes away all that was mounted, however it ended.
const order: DemoOrder = JSON.parse(process.argv[2] ?? '');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.on('message', () => stop.abort());
process.on('disconnect', () => {
  stop.abort();
  setTimeout(() => process.exit(1), 30_000);
});
// Whoever read it may be gone.
process.stderr.on('error', () => {});

const report = await run();
if (process.connected) {
  process.send?.(report, undefined, {}, () => process.exit(0));
} else {
  await removeEverything();
  process.exit(1);
}

async function run(): Promise<DemoReport> {
  try {
    preparePlaces();
    const progress = createProgress((text) => process.stderr.write(text));
    return { figures: await measure({ ...order, env: process.env, signal: stop.signal, progress }) };
  } catch (error) {
    if (stop.signal.aborted) return { code: 'INTERRUPTED', message: 'The demo was interrupted.' };
    const [code, message] =
      error instanceof DemoError
        ? [error.code, error.message]
        : ['COMMAND_FAILED' as const, String((error as Error).stack)];
    return { code, message: `${message}\nThe logs of all programs are in ${keepLogs()}.` };
  }
}

function preparePlaces(): void {
  // containerd's shims and runc have places in /run that cannot be configured.
  mountTmpfs('/run');
  // Overlayfs does not take a directory on overlayfs for its upper layer.
  if (statfsSync(order.directory).type === OVERLAYFS_SUPER_MAGIC) mountTmpfs(order.directory);
  mkdirSync(order.logs);
}

function mountTmpfs(directory: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', directory], { encoding: 'utf8' });
  if (status !== 0)
    throw new DemoError('CANNOT_RUN_HERE', `A tmpfs cannot be mounted on ${directory}: ${stderr}`);
}

/** Copies the logs to where they outlive the run. */
function keepLogs(): string {
  const kept = join(order.workspace, '.cache', 'demo-logs');
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(order.logs, { recursive: true });
  cpSync(order.logs, kept, { recursive: true });
  return kept;
}

/** The work of the process that has started this one, if that is gone. */
async function removeEverything(): Promise<void> {
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
