import { rmdirSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Removes the directory of a layer, as `removeTree` does. Lazily mounted layers, and snapshots that nobody wrote to, have
 * nothing in it: then three calls are enough, of which none goes through content.
 *
 * @throws as `removeTree`
 */
export async function removeLayer(path: string, signal?: AbortSignal): Promise<void> {
  for (const directory of [`${path}/fs`, `${path}/work`, path]) removeIfEmpty(directory);
  await removeTree(path, signal);
}

/** What cannot be removed so is `removeTree`'s to remove, or to complain of. */
function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}
