import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { DemoError } from './demo-error.ts';
import type { DemoOrder, DemoReport } from './demo-order.ts';
import { measure } from './measure.ts';
import { createProgress } from './progress.ts';

// Runs as the first process of PID and mount namespaces of its own: when it ends, the kernel ends all that it has
// started and takes away all that was mounted, however it ended.
const order: DemoOrder = JSON.parse(process.argv[2] ?? '');
const stop = new AbortController();
process.on('message', () => stop.abort());
process.on('disconnect', () => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

const report = await run();
process.send?.(report, undefined, {}, () => process.exit(0));

async function run(): Promise<DemoReport> {
  try {
    hideRunDirectory();
    mkdirSync(order.logs, { recursive: true });
    const progress = createProgress((text) => process.stderr.write(text));
    return { figures: await measure({ ...order, env: process.env, signal: stop.signal, progress }) };
  } catch (error) {
    const code = error instanceof DemoError ? error.code : 'COMMAND_FAILED';
    return { code, message: error instanceof DemoError ? error.message : String((error as Error).stack) };
  }
}

/** containerd's shims and runc have places in /run that cannot be configured: give them one of our own. */
function hideRunDirectory(): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run'], { encoding: 'utf8' });
  if (status !== 0) throw new DemoError('CANNOT_RUN_HERE', `mount /run failed: ${stderr}`);
}
