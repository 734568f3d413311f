import { closeSync, constants, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const flush = promisify(fsync);

/**
 * Writes a directory's entries, owner and mode to the disk, by fsync(2). Only that waits for the disk: the rest is done
 * here, as a way through libuv's threads takes as long as a small call.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await flush(directory);
  } finally {
    closeSync(directory);
  }
}
