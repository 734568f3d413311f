import type { Step } from './run-steps.ts';

/** Builds every package into its dist/; what has not changed comes from turbo's cache. */
export const buildStep: Step = {
  name: 'build',
  command: [
    'npx',
    '-y',
    process.env['SLUICE_PNPM'] ?? 'pnpm',
    'exec',
    'turbo',
    'run',
    'build',
    '--output-logs=errors-only',
  ],
};
