import { randomBytes } from 'node:crypto';
import { lstat, rename, rmdir, unlink } from 'node:fs/promises';
import { entryPath } from './entry-path.ts';
import { errorCode, unlessCode } from './error-code.ts';
import { OverlayError } from './overlay-error.ts';
import { type Entry, readInBatches } from './read-in-batches.ts';
import { settleAll } from './settle-all.ts';

/** libuv has 4 threads, which others need too; more only keep them busy. */
const DIRECTORIES_AT_ONCE = 8;
const ENTRIES_AT_ONCE = 16;

/**
 * Removes a directory and what is in it, of any depth, size and names; a missing one is no error. Two removals
 * of one directory may run at once.
 *
 * The content may belong to a container that still runs: it could replace a directory by a symbolic link to a
 * host directory between the look and the deletion. So no path through the content is used: every directory
 * found is first moved up into `path` itself, which no container can reach, and emptied there. As a mount
 * point cannot be moved, this never descends into a mount either.
 *
 *     path/fs/a/b/file     path/<unique> is fs: its a becomes path/<unique>     ... until nothing is left
 *
 * @param path a directory that only this process has access to
 * @throws OverlayError `MOUNTED` for a mount in the tree, `IO` for what cannot be removed; the signal's reason.
 *   Part of the content may then be gone, and the rest not where it was.
 */
export async function removeTree(path: string, signal?: AbortSignal): Promise<void> {
  const mover = new Mover(Buffer.from(path), signal);
  for (;;) {
    const found = await mover.emptyOnce().catch(unlessCode('ENOENT'));
    if (found === undefined) return;
    if (found === 0 && (await removeEmpty(path))) return;
  }
}

/** @returns false if something was added meanwhile */
async function removeEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOTEMPTY') return false;
    if (errorCode(error) !== 'ENOENT') throw explain(error, path);
  }
  return true;
}

class Mover {
  readonly #top: Buffer;
  readonly #signal: AbortSignal | undefined;
  readonly #prefix = randomBytes(4).toString('hex');
  #moved = 0;

  constructor(top: Buffer, signal: AbortSignal | undefined) {
    this.#top = top;
    this.#signal = signal;
  }

  /** Removes or empties what lies in the top directory now. @returns the number of entries it saw */
  async emptyOnce(): Promise<number> {
    let seen = 0;
    for await (const batch of readInBatches(this.#top, this.#signal)) {
      seen += batch.length;
      await this.#removeFiles(this.#top, batch);
      const directories = batch.filter((entry) => entry.isDirectory);
      await settleAll(directories, DIRECTORIES_AT_ONCE, ({ name }) => this.#emptyDirectory(name));
    }
    return seen;
  }

  /** @param name of a directory in the top directory */
  async #emptyDirectory(name: Buffer): Promise<void> {
    const found = entryPath(this.#top, name);
    const path = name.includes(this.#prefix) ? found : await this.#moveUp(found);
    if (path === undefined) return;
    // What was a directory when it was read may have been replaced before it was moved.
    const stats = await lstat(path).catch(unlessCode('ENOENT'));
    if (stats === undefined) return;
    if (!stats.isDirectory()) return removeFile(path);
    for await (const batch of readInBatches(path, this.#signal)) {
      await this.#removeFiles(path, batch);
      const directories = batch.filter((entry) => entry.isDirectory);
      await settleAll(directories, ENTRIES_AT_ONCE, ({ name }) => this.#moveUp(entryPath(path, name)));
    }
    // Not empty: something was added, or missed. The next pass takes it.
    await rmdir(path).catch(unlessCode('ENOENT', 'ENOTEMPTY'));
  }

  async #removeFiles(directory: Buffer, batch: readonly Entry[]): Promise<void> {
    const files = batch.filter((entry) => !entry.isDirectory);
    await settleAll(files, ENTRIES_AT_ONCE, ({ name }) => removeFile(entryPath(directory, name)));
  }

  /** @returns where the directory is now; undefined if it was gone */
  async #moveUp(path: Buffer): Promise<Buffer | undefined> {
    this.#moved += 1;
    const target = entryPath(this.#top, Buffer.from(`${this.#prefix}-${this.#moved}`));
    try {
      await rename(path, target);
      return target;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw explain(error, path);
    }
  }
}

async function removeFile(path: Buffer): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw explain(error, path);
  }
}

function explain(cause: unknown, path: Buffer | string): OverlayError {
  const what = JSON.stringify(path.toString());
  switch (errorCode(cause)) {
    case 'EBUSY':
    case 'EXDEV':
      return new OverlayError('MOUNTED', `${what} is a mount point and cannot be removed: unmount it first`, {
        cause,
      });
    case 'EPERM':
      return new OverlayError(
        'IO',
        `${what} cannot be removed. It or its directory may be immutable or append-only: lsattr shows it, ` +
          '`chattr -ia` mends it',
        { cause },
      );
    default:
      return new OverlayError('IO', `${what} cannot be removed`, { cause });
  }
}
