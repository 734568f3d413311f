import { checkResult } from './check-result.ts';
import { closeDescriptor } from './close-descriptor.ts';
import { Errno } from './errno.ts';
import { libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';
import { rawRead, rawWrite } from './raw-io.ts';

const create: (initial: number, flags: number) => number = libc.func('int eventfd(unsigned int, int)');

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** A counter with a descriptor, by which one thread wakes another out of epoll. See eventfd(2). */
export interface EventFd extends Disposable {
  /** Readable (EpollEvents.IN) from a signal to the next drain. Another thread signals it by this number. */
  readonly fd: number;
  /** Makes the descriptor readable; signals before a drain count as one. Throws LinuxError. */
  signal(): void;
  /** Makes the descriptor unreadable again. @returns whether it was signalled. Throws LinuxError. */
  drain(): boolean;
  /** Twice does no harm. Other threads must have stopped using the number. */
  close(): void;
}

/** Makes an event descriptor, close-on-exec and non-blocking. The caller closes it. @throws LinuxError */
export function createEventFd(): EventFd {
  const fd = checkEventFd(create(0, EFD_CLOEXEC | EFD_NONBLOCK));
  let open = true;
  const close = () => {
    if (open) closeDescriptor(fd);
    open = false;
  };
  return {
    fd,
    signal: () => signalEventFd(fd),
    drain: () => drainEventFd(fd),
    close,
    [Symbol.dispose]: close,
  };
}

function checkEventFd(fd: number): number {
  return checkResult(fd, 'eventfd', () => 'event descriptor');
}

/** What `EventFd.signal` does, for a thread that has only the number. @throws LinuxError */
export function signalEventFd(fd: number): void {
  const result = rawWrite(fd, one, 0, 8);
  // EAGAIN: the counter is full, so the descriptor is readable already.
  if (result < 0 && result !== -Errno.EAGAIN)
    throw new LinuxError('write', -result, `event descriptor ${fd}`);
}

/** What `EventFd.drain` does, for a thread that has only the number. @throws LinuxError */
export function drainEventFd(fd: number): boolean {
  const result = rawRead(fd, new Uint8Array(8), 0, 8);
  if (result === -Errno.EAGAIN) return false;
  if (result < 0) throw new LinuxError('read', -result, `event descriptor ${fd}`);
  return true;
}

const one = new Uint8Array(BigUint64Array.of(1n).buffer);
