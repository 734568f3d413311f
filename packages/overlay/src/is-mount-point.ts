import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-code.ts';

/**
 * Whether another file system is mounted at a path, alive or dead. A bind mount of the same file system is not seen.
 * Reading the table of mounts takes 100 us with a few of them, and milliseconds with thousands; this takes 5 us.
 *
 * @param path whose parent directory is no mount point. Where one is missing, nothing is mounted.
 */
export function isMountPoint(path: string): boolean {
  try {
    const own = lstatSync(path, { throwIfNoEntry: false });
    // Another thread may move it away in between.
    const parent = lstatSync(dirname(path), { throwIfNoEntry: false });
    return own !== undefined && parent !== undefined && own.dev !== parent.dev;
  } catch (error) {
    // A FUSE mount whose server is gone, or does not answer.
    if (['ENOTCONN', 'EIO', 'ECONNABORTED', 'ESHUTDOWN'].includes(errorCode(error) ?? '')) return true;
    throw error;
  }
}
