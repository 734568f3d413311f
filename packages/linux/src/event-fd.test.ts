import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createEpoll } from './epoll.ts';
import { EpollEvents } from './epoll-events.ts';
import { createEventFd, drainEventFd, signalEventFd } from './event-fd.ts';

const source = new URL('./event-fd.ts', import.meta.url).href;

describe('createEventFd', () => {
  it('is signalled until it is drained, however often it was signalled', () => {
    using bell = createEventFd();
    expect(bell.drain()).toBe(false);
    bell.signal();
    bell.signal();
    expect([bell.drain(), bell.drain()]).toEqual([true, false]);
  });

  it('wakes a thread that waits in epoll, by its number', async () => {
    using epoll = createEpoll();
    using bell = createEventFd();
    epoll.add(bell.fd, EpollEvents.IN, 3);
    const code = `import(${JSON.stringify(source)}).then(({ signalEventFd }) => signalEventFd(${bell.fd}))`;
    const worker = new Worker(code, { eval: true, execArgv: ['--conditions=source'] });
    const exited = once(worker, 'exit');
    expect(epoll.wait(15_000)).toEqual([{ token: 3, events: EpollEvents.IN }]);
    expect(drainEventFd(bell.fd)).toBe(true);
    await exited;
  });

  it('takes a signal when its counter is full as one more signal', () => {
    using bell = createEventFd();
    signalEventFd(bell.fd);
    // The counter may hold at most 2^64 - 2; what is left of that is added in one write.
    writeCounter(bell.fd, 0xfffffffffffffffdn);
    bell.signal();
    expect([bell.drain(), bell.drain()]).toEqual([true, false]);
  });

  it('says which descriptor failed', () => {
    expect(() => signalEventFd(-1)).toThrow(/write event descriptor -1: EBADF/);
    expect(() => drainEventFd(-1)).toThrow(/read event descriptor -1: EBADF/);
  });
});

function writeCounter(fd: number, value: bigint): void {
  writeSync(fd, new BigUint64Array([value]));
}
