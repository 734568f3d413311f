import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Writes a directory's entries, owner and mode to the disk, by fsync(2). */
export async function syncDirectory(path: string): Promise<void> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync();
}
