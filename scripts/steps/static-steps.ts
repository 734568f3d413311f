import type { Step } from './run-steps.ts';

/** What can be said of the sources without running them. */
export const staticSteps: readonly Step[] = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  {
    name: 'import rules',
    command: ['depcruise', '--config', 'scripts/import-rules.cjs', 'packages', 'apps', 'e2e'],
  },
  { name: 'unused code', command: ['knip'] },
];
