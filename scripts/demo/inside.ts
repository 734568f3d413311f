import { runInside } from '../lab/run-inside.ts';
import { measure } from './measure.ts';

await runInside({ task: 'demo', work: measure });
