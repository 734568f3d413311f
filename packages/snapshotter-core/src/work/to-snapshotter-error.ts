import { describeError } from '../describe-error.ts';
import { SnapshotterError } from '../snapshotter-error.ts';

/** Says errors of the ports (the disk, the store) in the words of this package. */
export function toSnapshotterError(error: unknown): SnapshotterError {
  if (error instanceof SnapshotterError) return error;
  const isFull =
    error instanceof Error && 'code' in error && /^(ENOSPC|EDQUOT|NO_SPACE)$/.test(String(error.code));
  return new SnapshotterError(isFull ? 'RESOURCE_EXHAUSTED' : 'INTERNAL', describeError(error), {
    cause: error,
  });
}
