import { checkResult } from './check-result.ts';
import { closeDescriptor } from './close-descriptor.ts';
import { Errno } from './errno.ts';
import { lastErrno, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const create: (flags: number) => number = libc.func('int epoll_create1(int)');
const control: (epollFd: number, operation: number, fd: number, event: Uint8Array) => number = libc.func(
  'int epoll_ctl(int, int, int, void *)',
);
const waitFor: (epollFd: number, events: Uint8Array, max: number, timeoutMs: number) => number = libc.func(
  'int epoll_wait(int, void *, int, int)',
);

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLL_CTL_MOD = 3;

/**
 * `struct epoll_event`, little endian (as is every architecture that koffi knows on Linux): u32 events, then
 * u64 data. x86-64 packs it into 12 bytes; elsewhere the data is aligned to 8 and the whole takes 16. Source:
 * include/uapi/linux/eventpoll.h, EPOLL_PACKED.
 */
const DATA_OFFSET = process.arch === 'x64' ? 4 : 8;
const EVENT_BYTES = DATA_OFFSET + 8;

/** One descriptor that is ready. */
export interface EpollEvent {
  /** What `add` was given for the descriptor. */
  token: number;
  /** `EpollEvents`, or-ed. */
  events: number;
}

/** An epoll instance. Closing it closes none of the descriptors in it. */
export interface Epoll extends Disposable {
  readonly fd: number;
  /**
   * @param events `EpollEvents`, or-ed
   * @param token an unsigned 32-bit number of the caller's
   * @throws LinuxError; EEXIST for a descriptor that was added before
   */
  add(fd: number, events: number, token: number): void;
  /** Changes the events and token of a descriptor. Throws LinuxError; ENOENT if it was not added. */
  modify(fd: number, events: number, token: number): void;
  /** Throws LinuxError; ENOENT if it was not added. A descriptor must be removed before it is closed. */
  remove(fd: number): void;
  /**
   * Blocks the thread until something is ready, a signal comes or the time is over.
   *
   * @param timeoutMs -1 waits without end, 0 not at all
   * @param maxEvents at most what `createEpoll` was given, which is also what it is if left out
   * @returns what is ready, empty after a timeout or signal. The array and its elements belong to the
   *   instance and are overwritten by the next `wait`.
   * @throws LinuxError
   */
  wait(timeoutMs: number, maxEvents?: number): readonly EpollEvent[];
  /** Twice does no harm. */
  close(): void;
}

/**
 * Makes an epoll instance, close-on-exec. The caller closes it.
 *
 * @param maxEvents the most events that one `wait` reports
 * @throws LinuxError
 */
export function createEpoll({ maxEvents = 64 }: { readonly maxEvents?: number } = {}): Epoll {
  const fd = checkResult(create(EPOLL_CLOEXEC), 'epoll_create1', () => 'epoll instance');
  const wait = createWait(fd, maxEvents);
  let open = true;
  const close = () => {
    if (open) closeDescriptor(fd);
    open = false;
  };
  return {
    fd,
    add: (target, events, token) => changeInterest(fd, EPOLL_CTL_ADD, { fd: target, events, token }),
    modify: (target, events, token) => changeInterest(fd, EPOLL_CTL_MOD, { fd: target, events, token }),
    remove: (target) => changeInterest(fd, EPOLL_CTL_DEL, { fd: target, events: 0, token: 0 }),
    wait,
    close,
    [Symbol.dispose]: close,
  };
}

function changeInterest(epollFd: number, operation: number, of: EpollEvent & { readonly fd: number }): void {
  const event = new DataView(new ArrayBuffer(EVENT_BYTES));
  event.setUint32(0, of.events, true);
  event.setBigUint64(DATA_OFFSET, BigInt(of.token), true);
  const result = control(epollFd, operation, of.fd, new Uint8Array(event.buffer));
  checkResult(result, 'epoll_ctl', () => `descriptor ${of.fd}`);
}

function createWait(epollFd: number, capacity: number): Epoll['wait'] {
  const buffer = new Uint8Array(capacity * EVENT_BYTES);
  const view = new DataView(buffer.buffer);
  const pool = Array.from({ length: capacity }, (): EpollEvent => ({ token: 0, events: 0 }));
  const ready: EpollEvent[] = [];
  return (timeoutMs, maxEvents = capacity) => {
    const count = waitFor(epollFd, buffer, Math.min(maxEvents, capacity), timeoutMs);
    ready.length = 0;
    if (count < 0) throwUnlessInterrupted(lastErrno(), epollFd);
    for (let i = 0; i < count; i += 1) {
      const event = pool[i]!;
      event.events = view.getUint32(i * EVENT_BYTES, true);
      event.token = view.getUint32(i * EVENT_BYTES + DATA_OFFSET, true);
      ready.push(event);
    }
    return ready;
  };
}

function throwUnlessInterrupted(errno: number, epollFd: number): void {
  if (errno !== Errno.EINTR) throw new LinuxError('epoll_wait', errno, `descriptor ${epollFd}`);
}
