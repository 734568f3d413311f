import { readdirSync } from 'node:fs';
import type { FuseThread } from '@sluice/fuse/thread';
import type { Config } from './config/config.ts';
import { mountsDirectory } from './mounts-directory.ts';

/**
 * Starts the thread that serves mounts, if an earlier daemon has left any: containers wait for it, and it loads on another
 * processor while this thread loads the rest of the program. Undefined if there are none.
 */
export async function startFuseThreadEarly(config: Config): Promise<FuseThread | undefined> {
  const { driver, survive_restarts: survive } = config.fuse;
  const isWanted = survive && (driver === 'kernel' || driver === 'auto');
  if (!isWanted || !hasLeftMounts(mountsDirectory(config))) return undefined;
  const { startFuseThread } = await import('@sluice/fuse/thread');
  return startFuseThread();
}

function hasLeftMounts(directory: string): boolean {
  try {
    return readdirSync(directory).length > 0;
  } catch {
    return false;
  }
}
