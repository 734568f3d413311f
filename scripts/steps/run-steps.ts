import { dirname } from 'node:path';
import { runBounded } from './run-bounded.ts';

/** One command of a task. */
export interface Step {
  /** What the task's summary calls it. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** A step that takes longer is ended, with all that it started. */
  readonly timeoutMs?: number;
}

export interface StepOptions {
  /** Called after a step; false stops the task. Without it the task stops at the first failure. */
  readonly goesOn?: (step: Step, ok: boolean) => boolean;
}

const DEFAULT_TIMEOUT_MS = 10 * 60_000;
const workspace = dirname(dirname(import.meta.dirname));

/** Runs steps one after another in the workspace's root and prints a line for each. True if all of them passed. */
export async function runSteps(steps: readonly Step[], options: StepOptions = {}): Promise<boolean> {
  const { goesOn = (_, ok) => ok } = options;
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  let passed = true;
  for (const step of steps) {
    const ok = await runStep(step, interruption.signal);
    passed &&= ok;
    if (interruption.signal.aborted || !goesOn(step, ok)) break;
  }
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return passed && !interruption.signal.aborted;
}

async function runStep(step: Step, signal: AbortSignal): Promise<boolean> {
  const startedMs = Date.now();
  const { name, command, env, timeoutMs = DEFAULT_TIMEOUT_MS } = step;
  console.log(`\n=== ${name}: ${command.join(' ')}`);
  const wrong = await runBounded({ command, cwd: workspace, ...(env && { env }), timeoutMs, signal });
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
  console.log(`=== ${name}: ${wrong ? `FAILED (${wrong})` : 'passed'} in ${seconds} s`);
  return wrong === undefined;
}
