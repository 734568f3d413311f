import type { Step } from './steps/run-steps.ts';

/** Debian packages that the suites need installed. */
export const testPackages: readonly string[] = ['libfuse2'];

const script = (name: string): [string, ...string[]] => [
  process.execPath,
  '--conditions=source',
  '--disable-warning=ExperimentalWarning',
  `scripts/${name}.ts`,
];

/** What `npm test` runs after the static steps. `{report}` stands for the file of the suite's counts. */
export const suites: readonly Step[] = [
  {
    name: 'unit and integration tests',
    command: ['vitest', 'run', '--reporter=default', '--reporter=json', '--outputFile.json={report}'],
    timeoutMs: 20 * 60_000,
  },
  { name: 'containerd conformance suite', command: script('conformance'), timeoutMs: 12 * 60_000 },
  { name: 'demo', command: script('demo-check'), timeoutMs: 15 * 60_000 },
  { name: 'end to end', command: script('e2e'), timeoutMs: 20 * 60_000 },
  { name: 'built packages', command: script('built'), timeoutMs: 10 * 60_000 },
];
