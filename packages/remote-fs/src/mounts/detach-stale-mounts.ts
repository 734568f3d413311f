import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { mountAt, unmount } from '@sluice/linux';
import { RemoteFsError } from '../remote-fs-error.ts';

const maxStacked = 64;

/**
 * Takes away FUSE mounts at a path that an earlier process left there, dead or alive. Only those at exactly that
 * path: never what lies below or beside it.
 *
 * @param mountpoint absolute, without symbolic links
 * @throws RemoteFsError MOUNTPOINT_TAKEN if something else is mounted there; LinuxError
 */
export async function detachStaleMounts(mountpoint: string): Promise<void> {
  if (!(await looksMounted(mountpoint))) return;
  for (let i = 0; i < maxStacked; i++) {
    const found = mountAt(mountpoint);
    if (!found) return;
    if (!/^fuse(\.|$)/.test(found.type)) {
      throw new RemoteFsError(
        'MOUNTPOINT_TAKEN',
        `${mountpoint} is where a lazily mounted layer belongs, but a ${found.type} file system is mounted there: unmount it`,
      );
    }
    unmount(mountpoint, { detach: true, noFollow: true });
  }
}

/** Spares reading the table of all mounts. A dead FUSE mount answers ENOTCONN, a living one has its own device. */
async function looksMounted(mountpoint: string): Promise<boolean> {
  try {
    const [own, above] = await Promise.all([lstat(mountpoint), lstat(dirname(mountpoint))]);
    return own.dev !== above.dev;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
