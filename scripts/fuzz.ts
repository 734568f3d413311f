import { parseArgs } from 'node:util';
import { reproduce } from './fuzz/reproduce.ts';
import { watchFuzz } from './fuzz/watch-fuzz.ts';

const HELP = `Mutates layers, guided by the code that they reach, and tries them: footer, table of contents, index, chunks.

usage: node scripts/run.mjs fuzz [--seconds N] [--seed S] [--corpus DIR] [--out DIR]
       node scripts/run.mjs fuzz --input FILE

  --seconds N   how long (default 60)
  --seed S      another seed tries other inputs (default 1)
  --corpus DIR  inputs to begin with, beside packages/layer/fixtures; what reaches new code is added to it
  --out DIR     where inputs go that show a bug, a hang or too much memory (default .cache/fuzz)
  --input FILE  tries one input again and shows what happens

Status 0: nothing found. 1: something was, and the input's file is named. 2: wrong arguments.
Example: node scripts/run.mjs fuzz --seconds 600 --seed 7 --corpus .cache/fuzz-corpus
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    corpus: { type: 'string' },
    out: { type: 'string', default: '.cache/fuzz' },
    input: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
if (values.help) console.log(HELP);
else if (values.input) process.exitCode = await reproduce(values.input);
else if (!(seconds > 0) || !Number.isInteger(seed) || seed < 0) {
  console.error(
    `--seconds ${values.seconds} --seed ${values.seed}: give seconds above 0 and a whole seed, 0 or more`,
  );
  process.exitCode = 2;
} else {
  process.exitCode = await watchFuzz({ seconds, seed, corpus: values.corpus, out: values.out });
}
