const benchmarks = {
  rpc: { what: "the snapshots API, against containerd's own overlay snapshotter", module: './bench-rpc.ts' },
  fs: {
    what: 'reading complete files through FUSE and overlayfs, against the plain disk and the stargz snapshotter',
    module: './bench-fs.ts',
  },
  start: {
    what: 'starting images over a slow link: overlayfs, Sluice untuned, learned and optimized',
    module: './bench-start.ts',
  },
} as const;

const lines = Object.entries(benchmarks).map(([name, { what }]) => `  ${name.padEnd(5)} ${what}`);
const HELP = `usage: npm run bench -- NAME [arguments of the benchmark]

${lines.join('\n')}

All need root. Examples:
  npm run bench -- rpc --help
      what the benchmark measures, and its arguments
  npm --silent run bench -- fs --json --rounds 1
      numbers for a program`;

const [name = '', ...rest] = process.argv.slice(2);
if (Object.hasOwn(benchmarks, name)) {
  // In this process, so that the signals that end it reach what it has started.
  process.argv.splice(2, Infinity, ...rest);
  await import(benchmarks[name as keyof typeof benchmarks].module);
} else if (['', '--help', 'help'].includes(name)) {
  console.log(HELP);
} else {
  console.error(`There is no benchmark "${name}".\n\n${HELP}`);
  process.exitCode = 2;
}
