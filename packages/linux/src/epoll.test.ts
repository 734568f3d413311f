import { describe, expect, it } from 'vitest';
import { closeDescriptor } from './close-descriptor.ts';
import { createEpoll } from './epoll.ts';
import { EpollEvents } from './epoll-events.ts';
import { createEventFd } from './event-fd.ts';

describe('createEpoll', () => {
  it('reports nothing until something is ready, then its token and events', () => {
    using epoll = createEpoll();
    using bell = createEventFd();
    epoll.add(bell.fd, EpollEvents.IN, 0xfffffffe);
    expect(epoll.wait(0)).toEqual([]);
    bell.signal();
    expect(epoll.wait(-1)).toEqual([{ token: 0xfffffffe, events: EpollEvents.IN }]);
  });

  it('keeps the tokens of many descriptors apart', () => {
    using epoll = createEpoll();
    using bells = new DisposableStack();
    const all = Array.from({ length: 10 }, () => bells.use(createEventFd()));
    all.forEach((bell, i) => {
      epoll.add(bell.fd, EpollEvents.IN, i * 7);
    });
    for (const i of [2, 5, 9]) all[i]?.signal();
    const tokens = epoll.wait(0).map(({ token }) => token);
    expect(tokens.sort((a, b) => a - b)).toEqual([14, 35, 63]);
  });

  it('reports at most as many at once as asked for, and the rest the next time', () => {
    using epoll = createEpoll({ maxEvents: 4 });
    using bells = new DisposableStack();
    for (let i = 0; i < 6; i += 1) {
      const bell = bells.use(createEventFd());
      epoll.add(bell.fd, EpollEvents.IN | EpollEvents.ET, i);
      bell.signal();
    }
    expect([epoll.wait(0, 1).length, epoll.wait(0, 99).length, epoll.wait(0).length]).toEqual([1, 4, 1]);
  });

  it('reuses the array and its elements', () => {
    using epoll = createEpoll();
    using bell = createEventFd();
    epoll.add(bell.fd, EpollEvents.IN, 1);
    bell.signal();
    const first = epoll.wait(0);
    const element = first[0];
    epoll.modify(bell.fd, EpollEvents.IN, 2);
    expect(epoll.wait(0)).toBe(first);
    expect(first[0]).toBe(element);
    expect(element?.token).toBe(2);
  });

  it('forgets a descriptor that is removed', () => {
    using epoll = createEpoll();
    using bell = createEventFd();
    epoll.add(bell.fd, EpollEvents.IN, 1);
    bell.signal();
    epoll.remove(bell.fd);
    expect(epoll.wait(0)).toEqual([]);
    expect(() => epoll.remove(bell.fd)).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'epoll_ctl' }),
    );
  });

  it('waits as long as it is told', () => {
    using epoll = createEpoll();
    const start = performance.now();
    epoll.wait(30);
    expect(performance.now() - start).toBeGreaterThan(25);
  });

  it('refuses descriptors that cannot be waited for', () => {
    using epoll = createEpoll();
    expect(() => epoll.add(-1, EpollEvents.IN, 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect(() => epoll.add(epoll.fd, EpollEvents.IN, 0)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  it('closes its descriptor once', () => {
    const epoll = createEpoll();
    epoll.close();
    epoll.close();
    expect(() => closeDescriptor(epoll.fd)).toThrow('close descriptor ');
    expect(() => epoll.wait(0)).toThrow(expect.objectContaining({ code: 'EBADF', syscall: 'epoll_wait' }));
  });
});
