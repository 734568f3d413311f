import { SnapshotterError } from './snapshotter-error.ts';

/** Far above what containerd makes (a namespace, a number and two digests), far below what would hurt. */
const MAX_NAME_LENGTH = 4096;

/**
 * Refuses keys and names of snapshots that could do harm in logs and tables. Spaces and slashes are fine.
 *
 * @param what for the message: 'key' or 'name'
 * @throws SnapshotterError INVALID_ARGUMENT
 */
export function validateName(what: string, name: string): void {
  if (name === '') throw new SnapshotterError('INVALID_ARGUMENT', `the snapshot's ${what} must not be empty`);
  if (name.length > MAX_NAME_LENGTH) {
    throw new SnapshotterError(
      'INVALID_ARGUMENT',
      `the snapshot's ${what} has ${name.length} characters; at most ${MAX_NAME_LENGTH} are allowed`,
    );
  }
  if (/\p{Cc}/u.test(name)) {
    throw new SnapshotterError(
      'INVALID_ARGUMENT',
      `the snapshot's ${what} ${JSON.stringify(name)} contains a control character`,
    );
  }
}
