import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from './bench-fs/format-table.ts';
import { runBench } from './bench-fs/run-bench.ts';
import { findStargz } from './bench-fs/stargz/find-stargz.ts';

const HELP = `Usage: npm run bench -- fs [--json] [--rounds N] [--size-mib N] [--files N]

Compares ways to read the same complete files: the file system that they lie on ("plain"), the FUSE drivers of
packages/fuse, overlayfs on these, and the FUSE server of the stargz snapshotter, with the same files as an eStargz layer
that it has fetched. All in one run, in turn; the ratios are what counts. Needs root, /dev/fuse and, for fuse-native,
libfuse2. The program containerd-stargz-grpc is taken from the PATH; where it is missing, one is built from Debian's
sources (1 GB of packages in .cache, nothing is installed). Files are written below TMPDIR, and removed.

  --json         the result as JSON on stdout, every round included
  --rounds N     measures every subject so often, and takes the median (default 3)
  --size-mib N   size of the large file (default 256)
  --files N      number of small files (default 4000)
  --help         print this

Examples:
  npm run bench -- fs
  npm --silent run bench -- fs --json --rounds 1 | jq '.subjects[] | {subject, ratio}'
`;

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench-fs: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '3' },
      'size-mib': { type: 'string', default: '256' },
      files: { type: 'string', default: '4000' },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (process.getuid?.() !== 0) throw new Error('it mounts file systems: run it as root');
  const result = await runBench({
    rounds: countOf('--rounds', values.rounds),
    bigMib: countOf('--size-mib', values['size-mib']),
    smallFiles: countOf('--files', values.files),
    findStargz: () => findStargz(join(import.meta.dirname, '..')),
    onProgress: (what) => console.error(`bench-fs: ${what}`),
  });
  console.log(values.json ? JSON.stringify(result, null, 2) : `\n${formatTable(result)}`);
  return result.skipped.length === 0 ? 0 : 1;
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${option} must be a whole number above 0, not "${text}"`);
}
