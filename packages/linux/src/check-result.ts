import { lastErrno } from './libc.ts';
import { LinuxError } from './linux-error.ts';

/**
 * Passes the result of a call on, or throws what errno says when it is negative. It must be called with the
 * result at once, before anything else can touch errno.
 *
 * @param subject what the call was about, for the message; a function, as most calls succeed
 * @throws LinuxError
 */
export function checkResult(result: number, syscall: string, subject: () => string): number {
  if (result >= 0) return result;
  const errno = lastErrno();
  throw new LinuxError(syscall, errno, subject());
}
