import { runSteps } from './run-steps.ts';

const pnpm = process.env['SLUICE_PNPM'] ?? 'pnpm';
const { failed } = runSteps([
  {
    name: 'build',
    command: ['npx', '-y', pnpm, 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only'],
  },
]);
process.exitCode = failed === 0 ? 0 : 1;
