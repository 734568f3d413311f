import { SnapshotterError } from '@sluice/snapshotter-core';
import { errorCode, isFull } from './error-code.ts';
import { OverlayError } from './overlay-error.ts';

/**
 * Turns what a system call threw into an error that says what was being done. Others pass: they say it
 * already, or are a signal's reason.
 *
 * @param action such as `the directory of snapshot 3 cannot be made`
 */
export function explainFailure(action: string, cause: unknown): unknown {
  const code = errorCode(cause);
  if (cause instanceof SnapshotterError || cause instanceof OverlayError || !isErrno(code)) return cause;
  if (isFull(cause)) {
    const message = `${action}: the disk is full (${code}); free space, or remove images`;
    return new SnapshotterError('RESOURCE_EXHAUSTED', message, { cause });
  }
  return new OverlayError('IO', `${action}: ${(cause as Error).message}`, { cause });
}

function isErrno(code: string | undefined): boolean {
  return code !== undefined && /^E[A-Z0-9]+$/.test(code);
}
