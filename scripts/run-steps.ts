import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

/** One command of a task. `name` is what the task's summary calls it. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

/**
 * Runs steps one after another from the workspace's root and prints a line for each.
 * Stops at the first failure, unless `keepGoing`; returns how many steps passed and failed.
 */
export function runSteps(
  steps: readonly Step[],
  { keepGoing = false } = {},
): { passed: number; failed: number } {
  let [passed, failed] = [0, 0];
  for (const step of steps) {
    const startedMs = Date.now();
    console.log(`\n=== ${step.name}: ${step.command.join(' ')}`);
    const ok = runStep(step);
    console.log(
      `=== ${step.name}: ${ok ? 'passed' : 'FAILED'} in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
    );
    if (ok) passed++;
    else failed++;
    if (!ok && !keepGoing) break;
  }
  return { passed, failed };
}

function runStep(step: Step): boolean {
  const [command, ...args] = step.command;
  const root = dirname(import.meta.dirname);
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.error) console.error(`Cannot start ${command}: ${result.error.message}`);
  return result.status === 0;
}
