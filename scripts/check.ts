import { runSteps } from './run-steps.ts';
import { staticSteps } from './static-steps.ts';

const { failed } = runSteps([
  ...staticSteps,
  { name: 'unit tests', command: ['vitest', 'run', ...process.argv.slice(2)] },
]);
process.exitCode = failed === 0 ? 0 : 1;
