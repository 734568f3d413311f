import { readdirSync, readlinkSync } from 'node:fs';
import { closeDescriptor, createEpoll, EpollEvents, pidfdGetfd, pidfdOpen } from '@sluice/linux';

/** How late the end of a mount may be noticed. */
const INTERVAL_MS = 200;

/**
 * Notices the end of connections that somebody else serves: the kernel then reports an error on their device. A timer
 * looks, as libuv watches no such thing; it keeps no process alive.
 */
export interface DeviceWatch extends Disposable {
  /**
   * @param device a descriptor of /dev/fuse in this process; duplicated, so it may be closed meanwhile
   * @param onGone called once, when the kernel has let go of the mount
   */
  add(device: number, onGone: () => void): void;
}

export function createDeviceWatch(): DeviceWatch {
  const watched = new Map<number, () => void>();
  const epoll = createEpoll();
  const timer = setInterval(look, INTERVAL_MS).unref();

  function look(): void {
    const gone = epoll.wait(0).filter(({ events }) => (events & (EpollEvents.ERR | EpollEvents.HUP)) !== 0);
    for (const fd of gone.map(({ token }) => token)) {
      const onGone = watched.get(fd);
      release(fd);
      onGone?.();
    }
  }

  function release(fd: number): void {
    watched.delete(fd);
    epoll.remove(fd);
    closeDescriptor(fd);
  }

  return {
    add(device, onGone) {
      const fd = duplicate(device);
      watched.set(fd, onGone);
      // Errors are reported without being asked for; input is the server's business.
      epoll.add(fd, 0, fd);
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const fd of [...watched.keys()]) release(fd);
      epoll.close();
    },
  };
}

function duplicate(fd: number): number {
  const self = pidfdOpen(process.pid);
  try {
    return pidfdGetfd(self, fd);
  } finally {
    closeDescriptor(self);
  }
}

/** The descriptors of /dev/fuse that this process has. */
export function listDevices(): ReadonlySet<number> {
  const descriptors = readdirSync('/proc/self/fd').map(Number);
  return new Set(descriptors.filter((fd) => targetOf(fd) === '/dev/fuse'));
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
