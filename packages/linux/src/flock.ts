import { checkResult } from './check-result.ts';
import { Errno } from './errno.ts';
import { libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const call: (fd: number, operation: number) => number = libc.func('int flock(int, int)');

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Tries to lock an open file for this process alone, by flock(2), without waiting. The lock goes with the last
 * descriptor of that open file: it never outlives the process, whatever ends it.
 *
 * @returns false if another process, or another opening of the file in this one, holds it
 * @throws LinuxError
 */
export function tryLock(fd: number): boolean {
  try {
    checkResult(call(fd, LOCK_EX | LOCK_NB), 'flock', () => `descriptor ${fd}`);
    return true;
  } catch (error) {
    if (error instanceof LinuxError && error.errno === Errno.EAGAIN) return false;
    throw error;
  }
}
