import { closeDescriptor, pidfdGetfd, pidfdOpen } from '@sluice/linux';
import { HolderError } from './holder-error.ts';

/**
 * Duplicates a descriptor of a process, this one among them, into this one.
 *
 * @returns close-on-exec; the caller's to close
 * @throws HolderError TRANSFER_FAILED
 */
export function takeDescriptor(pid: number, fd: number): number {
  try {
    const pidfd = pidfdOpen(pid);
    try {
      return pidfdGetfd(pidfd, fd);
    } finally {
      closeDescriptor(pidfd);
    }
  } catch (cause) {
    const message = `descriptor ${fd} of process ${pid} cannot be taken: ${(cause as Error).message}`;
    throw new HolderError('TRANSFER_FAILED', message, { cause });
  }
}
