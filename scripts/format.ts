import { runSteps } from './run-steps.ts';

const { failed } = runSteps([{ name: 'format', command: ['biome', 'check', '--write', '.'] }]);
process.exitCode = failed === 0 ? 0 : 1;
