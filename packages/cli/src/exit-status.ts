import type { CliErrorCode } from './cli-error.ts';

/** What the process ends with, for scripts; README.md has the same table. */
export const exitStatus = {
  /** Done, and all is well. */
  ok: 0,
  /** Done, but what was looked at is not well; the output says why. */
  unwell: 1,
  USAGE: 2,
  UNREACHABLE: 3,
  NOT_PERMITTED: 4,
  BAD_ANSWER: 5,
  FILE_FAILED: 6,
  INVALID: 7,
  REGISTRY_FAILED: 8,
} as const satisfies Record<CliErrorCode | 'ok' | 'unwell', number>;
