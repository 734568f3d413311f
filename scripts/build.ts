import { buildStep } from './steps/build-step.ts';
import { runSteps } from './steps/run-steps.ts';

process.exitCode = (await runSteps([buildStep])) ? 0 : 1;
