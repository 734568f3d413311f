import { checkResult } from './check-result.ts';
import { libc } from './libc.ts';

// glibc has wrappers since 2.36 only; the numbers are the same on every architecture.
const call = libc.func('long syscall(long, ...)');
const syscall = (number: number, ...args: readonly number[]): number =>
  call(number, ...args.flatMap((value) => ['long', value]));
const SYS_PIDFD_OPEN = 434;
const SYS_PIDFD_GETFD = 438;

/**
 * A descriptor that stands for a process, close-on-exec; readable when the process has ended. See
 * pidfd_open(2). The caller closes it with `closeDescriptor`.
 *
 * @throws LinuxError; ESRCH for a process that does not exist
 */
export function pidfdOpen(pid: number): number {
  return checkResult(syscall(SYS_PIDFD_OPEN, pid, 0), 'pidfd_open', () => `process ${pid}`);
}

/**
 * Duplicates a descriptor of another process into this one, close-on-exec, sharing the open file. See
 * pidfd_getfd(2). The caller closes it with
 * `closeDescriptor`.
 *
 * @param targetFd the number that the other process knows it by
 * @throws LinuxError; EBADF, EPERM without the right to trace the process
 */
export function pidfdGetfd(pidfd: number, targetFd: number): number {
  const result = syscall(SYS_PIDFD_GETFD, pidfd, targetFd, 0);
  return checkResult(result, 'pidfd_getfd', () => `descriptor ${targetFd} behind pidfd ${pidfd}`);
}
