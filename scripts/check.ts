import { runSteps } from './steps/run-steps.ts';
import { staticSteps } from './steps/static-steps.ts';

const passed = await runSteps([
  ...staticSteps,
  { name: 'unit tests', command: ['vitest', 'run', ...process.argv.slice(2)], timeoutMs: 20 * 60_000 },
]);
process.exitCode = passed ? 0 : 1;
