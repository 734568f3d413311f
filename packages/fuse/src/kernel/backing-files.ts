import { Errno, ioctl, LinuxError } from '@sluice/linux';

/** Source: include/uapi/linux/fuse.h, "Device ioctls". */
const FUSE_DEV_IOC_BACKING_OPEN = 0x4010_e501;
const FUSE_DEV_IOC_BACKING_CLOSE = 0x4004_e502;

/** The files that the kernel may read by itself for one connection (`struct fuse_backing_map`). */
export interface BackingFiles {
  /**
   * Registers an open file; its descriptor may be closed afterwards.
   *
   * @returns its id, above 0, or a negated errno: EPERM without CAP_SYS_ADMIN, ELOOP for a file on a stacked file
   *   system, EOPNOTSUPP, ENOTTY where the kernel has no passthrough
   */
  register(fd: number): number;
  /** Gives the id back. Files that are open keep reading. */
  unregister(id: number): void;
}

/**
 * ```
 *   fuse_backing_map   i32 fd | u32 flags | u64 padding
 * ```
 *
 * @param device the connection's descriptor; INIT must have been answered
 */
export function createBackingFiles(device: number): BackingFiles {
  const map = new DataView(new ArrayBuffer(16));
  const id = new DataView(new ArrayBuffer(4));
  return {
    register(fd) {
      map.setInt32(0, fd, true);
      return numberOf(() => ioctl(device, FUSE_DEV_IOC_BACKING_OPEN, new Uint8Array(map.buffer)));
    },
    unregister(backing) {
      id.setUint32(0, backing, true);
      numberOf(() => ioctl(device, FUSE_DEV_IOC_BACKING_CLOSE, new Uint8Array(id.buffer)));
    },
  };
}

function numberOf(call: () => number): number {
  try {
    return call() || -Errno.EIO;
  } catch (error) {
    if (error instanceof LinuxError) return -error.errno;
    throw error;
  }
}
