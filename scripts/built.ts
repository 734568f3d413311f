import { buildStep } from './steps/build-step.ts';
import { COUNTS_VARIABLE } from './steps/counts.ts';
import { runSteps } from './steps/run-steps.ts';

// `node scripts/run.mjs built`: builds every package and tries what users would get of it. Needs root.
const report = process.env[COUNTS_VARIABLE];
const reporters = report
  ? (['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] as const)
  : [];
const passed = await runSteps([
  buildStep,
  {
    name: 'built packages',
    command: ['vitest', 'run', '--config', 'scripts/built/vitest.config.ts', ...reporters],
  },
]);
process.exitCode = passed ? 0 : 1;
