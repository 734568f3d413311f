import { type ErrnoName, errnoName } from './errno.ts';

/** The one error of this package: a system call failed. */
export class LinuxError extends Error {
  /** The name of the error; `EUNKNOWN` for a number that the kernel does not document. */
  readonly code: ErrnoName | 'EUNKNOWN';
  /** The error number, positive. */
  readonly errno: number;
  /** The name of the call, as in its manual page. */
  readonly syscall: string;

  /** @param subject what the call was about, a path or a descriptor, and what to do where that is known */
  constructor(syscall: string, errno: number, subject: string, options?: ErrorOptions) {
    const code = errnoName(errno) ?? 'EUNKNOWN';
    super(`${syscall} ${subject}: ${code} (errno ${errno})`, options);
    this.name = 'LinuxError';
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}
