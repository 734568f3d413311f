import { LinuxError, unmount } from '@sluice/linux';

/** Takes a mount away: at once where nobody uses it, else out of sight until its last user is gone. */
export function detachMount(mountpoint: string): void {
  try {
    unmount(mountpoint, { detach: true, noFollow: true });
  } catch (error) {
    const code = error instanceof LinuxError ? error.code : undefined;
    // Somebody else unmounted it, or took the directory away with it.
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error;
  }
}
