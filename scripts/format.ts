import { runSteps } from './steps/run-steps.ts';

const passed = await runSteps([{ name: 'format', command: ['biome', 'check', '--write', '.'] }]);
process.exitCode = passed ? 0 : 1;
