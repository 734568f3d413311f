import { constants } from 'node:fs';
import { checkResult } from './check-result.ts';
import { libc } from './libc.ts';

const fcntl: (fd: number, command: number, type: 'long', argument: number) => number =
  libc.func('int fcntl(int, int, ...)');

const F_GETFL = 3;
const F_SETFL = 4;

/**
 * Makes reads and writes of a descriptor answer EAGAIN instead of waiting, or wait again. The state belongs
 * to the open file: descriptors that were duplicated or inherited share it.
 *
 * @throws LinuxError
 */
export function setNonBlocking(fd: number, nonBlocking = true): void {
  const about = () => `descriptor ${fd}`;
  const flags = checkResult(fcntl(fd, F_GETFL, 'long', 0), 'fcntl', about);
  const wanted = nonBlocking ? flags | constants.O_NONBLOCK : flags & ~constants.O_NONBLOCK;
  checkResult(fcntl(fd, F_SETFL, 'long', wanted), 'fcntl', about);
}
