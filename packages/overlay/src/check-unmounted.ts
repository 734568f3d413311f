import { findMounts } from '@sluice/linux';
import { OverlayError } from './overlay-error.ts';

/**
 * Refuses a directory in which something is mounted.
 *
 * @param directory without symbolic links
 * @throws OverlayError MOUNTED, naming what is mounted
 */
export function checkUnmounted(directory: string): void {
  const mounts = findMounts({ below: directory });
  if (mounts.length === 0) return;
  const list = mounts.map(({ type, mountPoint }) => `${type} on ${JSON.stringify(mountPoint)}`).join(', ');
  throw new OverlayError('MOUNTED', `${JSON.stringify(directory)} is not removed: unmount ${list} first`);
}
