import { createEpoll, EpollEvents } from '@sluice/linux';

/**
 * Whether the last user of a FUSE mount is gone, without taking a request from it: poll(2) says EPOLLERR then.
 * Source: fs/fuse/dev.c, fuse_dev_poll.
 *
 * @param device the connection's descriptor
 */
export function isConnectionOver(device: number): boolean {
  using epoll = createEpoll({ maxEvents: 1 });
  epoll.add(device, 0, 0);
  const [event] = epoll.wait(0);
  const isOver = event !== undefined && (event.events & EpollEvents.ERR) !== 0;
  epoll.remove(device);
  return isOver;
}
