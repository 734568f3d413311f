import { formatFigures } from './demo/format-figures.ts';
import { runDemo } from './demo/run-demo.ts';
import { LabError } from './lab/lab-error.ts';

const HELP = `Usage: npm run demo [-- --json]

Makes an image, pulls it over a slow link and runs a container: lazily through Sluice, and whole through containerd's
overlayfs. Shows the time to the first output and the bytes fetched. Needs root; installs nothing; leaves nothing
running or mounted.

  --json   print the figures as JSON on stdout
  --help   print this

Examples:
  npm run demo
  npm run --silent demo -- --json | jq .lazy.firstOutputSeconds
`;

const args = process.argv.slice(2);
const unknown = args.find((arg) => !['--json', '--help', '-h'].includes(arg));
if (unknown !== undefined) {
  console.error(`The demo has no option "${unknown}".\n\n${HELP}`);
  process.exitCode = 2;
} else if (args.includes('--help') || args.includes('-h')) {
  console.log(HELP);
} else {
  process.exitCode = await demo(args.includes('--json'));
}

async function demo(json: boolean): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  try {
    const figures = await runDemo(stop.signal);
    console.log(json ? JSON.stringify(figures, null, 2) : formatFigures(figures));
    return 0;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    console.error(`\n${error.message}`);
    return error.code === 'INTERRUPTED' ? 130 : 1;
  }
}
