import { parseArgs } from 'node:util';
import { benchImages } from './bench-start/bench-image.ts';
import { formatTable } from './bench-start/format-table.ts';
import { rateGoals } from './bench-start/goals.ts';
import { links } from './bench-start/link.ts';
import { runBench } from './bench-start/run-bench.ts';
import { subjects } from './bench-start/subjects.ts';
import { LabError } from './lab/lab-error.ts';

const list = (rows: readonly { name: string; what: string }[]) =>
  rows.map(({ name, what }) => `  ${name.padEnd(18)} ${what}`).join('\n');

const HELP = `Usage: npm run bench -- start [--json] [--rounds N] [--images A,B] [--link MBIT,...] [--subjects A,B]

Starts images over a slow link, each in several ways, and says how long it takes to the first output and until the
program says that it is ready, and what was fetched until then; beside the floor: what no way can do without. Needs
root, /dev/fuse and a Debian mirror for what is not in .cache yet. Nothing outlives the run.

  --json           the result as JSON on stdout, every round included
  --rounds N       measures everything so often, and takes the median (default 3)
  --images A,B     only these images
  --link N,M       the rates of the link, in Mbit/s (default ${links.map((link) => link.megabitsPerSecond).join(',')})
  --subjects A,B   only these ways
  --help           print this

Images:
${list(benchImages)}

Subjects:
${list(subjects)}

Examples:
  npm run bench -- start
      all of it: takes an hour or more
  npm run bench -- start --images python,gcc --link 100 --rounds 1
  npm --silent run bench -- start --json --rounds 1 | jq '.cases[] | {image, floor: .floor.total}'
`;

try {
  process.exitCode = await main();
} catch (error) {
  const known = error instanceof LabError || 'code' in Object(error);
  console.error(`bench-start: ${known ? (error as Error).message : (error as Error).stack}`);
  process.exitCode = error instanceof LabError && error.code === 'INTERRUPTED' ? 130 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      images: { type: 'string', default: benchImages.map(({ name }) => name).join(',') },
      link: { type: 'string', default: links.map((link) => link.megabitsPerSecond).join(',') },
      subjects: { type: 'string', default: subjects.map(({ name }) => name).join(',') },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const result = await runBench({
    rounds: countOf('--rounds', values.rounds),
    images: chosen('--images', values.images, benchImages),
    subjects: chosen('--subjects', values.subjects, subjects).map(({ name }) => name),
    links: values.link.split(',').map((rate) => ({
      megabitsPerSecond: countOf('--link', rate),
      requestDelayMs: links[0]!.requestDelayMs,
    })),
    onProgress: (what) => console.error(`bench-start: ${what}`),
    signal: stop.signal,
  });
  const rated = { ...result, cases: result.cases.map((one) => ({ ...one, goals: rateGoals(one) })) };
  console.log(values.json ? JSON.stringify(rated, null, 2) : `\n${formatTable(result)}`);
  return result.cases.every(({ failed }) => failed.length === 0) ? 0 : 1;
}

function chosen<T extends { readonly name: string }>(option: string, text: string, all: readonly T[]): T[] {
  const names = text.split(',');
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  const known = all.map(({ name }) => name).join(', ');
  throw new LabError('CANNOT_RUN_HERE', `${option}: there is no "${unknown}", but ${known}`);
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new LabError('CANNOT_RUN_HERE', `${option} must be a whole number above 0, not "${text}"`);
}
