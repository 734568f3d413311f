import { rmdir } from 'node:fs/promises';
import { errorCode } from './error-code.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Removes the directory of a layer, as `removeTree` does.
 *
 * @throws as `removeTree`
 */
export async function removeLayer(path: string, signal?: AbortSignal): Promise<void> {
  if (await removeEmptyLayer(path)) return;
  await removeTree(path, signal);
}

/**
 * Removes the directory of a layer that has nothing in it, as that of a lazily mounted one, or of a snapshot that nobody
 * wrote to: by three calls, of which none goes through content or into a mount. Not on this thread, which a busy journal
 * would hold up for milliseconds.
 *
 * @returns false if something is left: content, a mount, or what cannot be removed
 */
export async function removeEmptyLayer(path: string): Promise<boolean> {
  for (const directory of [`${path}/fs`, `${path}/work`, path]) {
    if (!(await removeIfEmpty(directory))) return false;
  }
  return true;
}

/** What cannot be removed so is `removeTree`'s to remove, or to complain of. */
async function removeIfEmpty(directory: string): Promise<boolean> {
  try {
    await rmdir(directory);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return errorCode(error) === 'ENOENT';
  }
}
