import { runInside } from '../lab/run-inside.ts';
import { measureAll } from './measure-all.ts';

await runInside({ task: 'bench', work: measureAll });
