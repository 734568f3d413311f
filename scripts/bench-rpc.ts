import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { formatReport } from './bench-rpc/format-report.ts';
import { runBench } from './bench-rpc/run-bench.ts';

const HELP = `Compares sluiced with containerd's own overlay snapshotter (in Go), over the same kind of socket.

usage: npm run bench -- rpc [--rounds N] [--json]

  --rounds N   how often each call is measured on both sides, in turns; the medians are shown (default 3)
  --json       one JSON object instead of the table

The first run fetches Debian's Go and containerd's sources into .cache. Needs root.
Example: TMPDIR=/mnt/disk npm --silent run bench -- rpc --rounds 5 --json > bench.json
`;

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
});
const rounds = Number(values.rounds);
if (values.help) console.log(HELP);
else if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds ${values.rounds}: give a whole number of at least 1`);
  process.exitCode = 2;
} else {
  const report = await runBench(dirname(import.meta.dirname), rounds);
  console.log(values.json ? JSON.stringify(report) : formatReport(report));
}
