import { Errno } from './errno.ts';
import { lastErrno, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const close: (fd: number) => number = libc.func('int close(int)');

/**
 * Closes a descriptor that this package opened, by close(2). In a worker thread `fs.closeSync` warns about
 * descriptors that `fs` did not open there.
 *
 * @throws LinuxError; never EINTR, after which Linux has closed the descriptor all the same
 */
export function closeDescriptor(fd: number): void {
  if (close(fd) >= 0) return;
  const errno = lastErrno();
  if (errno !== Errno.EINTR) throw new LinuxError('close', errno, `descriptor ${fd}`);
}
