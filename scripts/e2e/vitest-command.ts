/** Where vitest leaves its counts: a file in the directory that the container sees as /sluice-e2e/state. */
export const REPORT_FILE = 'report.json';

/** Arguments of the workspace's Node, in e2e/: what the tests in a container are run by. */
export function vitestCommand(args: readonly string[]): string[] {
  return [
    '../node_modules/vitest/vitest.mjs',
    'run',
    '--configLoader=native',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=/sluice-e2e/state/${REPORT_FILE}`,
    ...args,
  ];
}
