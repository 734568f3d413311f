import { runSteps } from './steps/run-steps.ts';

const pnpm = process.env['SLUICE_PNPM'] ?? 'pnpm';
const passed = await runSteps([
  {
    name: 'build',
    command: ['npx', '-y', pnpm, 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only'],
  },
]);
process.exitCode = passed ? 0 : 1;
