import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DemoError } from './demo-error.ts';
import type { DemoFigures } from './demo-figures.ts';
import type { DemoOrder, DemoReport } from './demo-order.ts';
import { demoTools } from './demo-tools.ts';
import { removeCgroups } from './remove-cgroups.ts';
import { requireMachine } from './requirements.ts';

const workspace = join(import.meta.dirname, '..', '..');
const cache = join(workspace, '.cache');

/** Longer than all that stops in order takes. What has not ended by then is killed. */
const STOP_TIMEOUT_MS = 30_000;

/**
 * Makes an image, pulls and runs it lazily through Sluice and whole through containerd's overlayfs, and returns how
 * long that took and what it fetched. Writes a line a stage to stderr. Leaves nothing running or mounted, and no
 * files but the tools in the workspace's `.cache`; if it fails, the programs' logs are there too.
 *
 * @param signal ends it early
 * @throws DemoError
 */
export async function runDemo(signal: AbortSignal = new AbortController().signal): Promise<DemoFigures> {
  requireMachine();
  const env = await findTools(signal);
  const directory = mkdtempSync(join(tmpdir(), 'sluice-demo-'));
  const name = basename(directory);
  const logs = join(directory, 'logs');
  try {
    const report = await runInside({ workspace, directory, logs, name }, env, signal);
    if ('figures' in report) return report.figures;
    throw new DemoError(report.code, report.message);
  } finally {
    removeCgroups(name);
    await rm(directory, { recursive: true, force: true });
  }
}

async function findTools(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  try {
    return demoTools(join(cache, 'packages', 'demo'));
  } catch (error) {
    // What was fetching them was interrupted too; our own signal arrives with the next turn of the event loop.
    await setImmediate();
    if (signal.aborted) throw interrupted();
    throw error;
  }
}

function interrupted(): DemoError {
  return new DemoError('INTERRUPTED', 'The demo was interrupted.');
}

async function runInside(order: DemoOrder, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<DemoReport> {
  if (signal.aborted) throw interrupted();
  const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
  const program = [...node, join(import.meta.dirname, 'inside.ts'), JSON.stringify(order)];
  const namespaces = '--mount --propagation private --pid --mount-proc --fork --kill-child'.split(' ');
  const child = spawn('unshare', [...namespaces, ...program], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // A terminal's Ctrl-C would end all programs at once; they are to end in order.
    detached: true,
  });
  let report: DemoReport = {
    code: 'COMMAND_FAILED',
    message: 'The demo was killed before it could say why: "dmesg" says whether memory ran out.',
  };
  child.on('message', (message) => {
    report = message as DemoReport;
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
