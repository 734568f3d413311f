import { randomBytes } from 'node:crypto';
import { lstat, rename, rmdir, unlink } from 'node:fs/promises';
import { entryPath } from './entry-path.ts';
import { errorCode, unlessCode } from './error-code.ts';
import { OverlayError } from './overlay-error.ts';
import { readInBatches } from './read-in-batches.ts';
import { settleAll } from './settle-all.ts';

/** libuv has 4 threads, which others need too; more only keep them busy. */
const DIRECTORIES_AT_ONCE = 8;
const ENTRIES_AT_ONCE = 16;

/**
 * Removes a directory and what is in it, of any depth, size and names; a missing one is no error. Two
 * removals of one directory may run at once.
 *
 * The content may belong to a container that still runs: it could replace a directory by a symbolic link to a
 * host directory between the look and the deletion. So no path through the content is used: every directory
 * found is first moved up into `path` itself, which no container can reach, and emptied there. As a mount
 * point cannot be moved, this never descends into a mount either.
 *
 *     path/fs/a/b/file     path/<unique> is fs: its a becomes path/<unique>     ... until nothing is left
 *
 * @param path a directory that only this process has access to, and no mount point itself
 * @throws OverlayError `MOUNTED` for a mount in the tree, `IO` for what cannot be removed; the signal's
 *   reason. Part of the content may then be gone, and the rest not where it was.
 */
export async function removeTree(path: string, signal?: AbortSignal): Promise<void> {
  const mover = new Mover(path, signal);
  for (;;) {
    const seen = await mover.emptyOnce();
    if (seen === 0 && (await removeEmpty(path))) return;
  }
}

class Mover {
  readonly #top: string;
  readonly #signal: AbortSignal | undefined;
  readonly #prefix = randomBytes(6).toString('hex');
  #moved = 0;

  constructor(top: string, signal: AbortSignal | undefined) {
    this.#top = top;
    this.#signal = signal;
  }

  /** Removes or empties what lies in the top directory now. @returns the number of entries it saw */
  async emptyOnce(): Promise<number> {
    let seen = 0;
    await this.#forEachBatch(this.#top, async (directories, count) => {
      seen += count;
      await settleAll(directories, DIRECTORIES_AT_ONCE, (name) => this.#emptyDirectory(name));
    });
    return seen;
  }

  /** @param name of a directory in the top directory */
  async #emptyDirectory(name: Buffer): Promise<void> {
    const isMoved = name.includes(this.#prefix);
    const path = isMoved ? `${this.#top}/${name}` : await this.#moveUp(entryPath(this.#top, name));
    const stats = path && (await lstat(path).catch(unlessCode('ENOENT')));
    if (!path || !stats) return;
    // What was a directory when it was read may have been replaced before it was moved.
    if (!stats.isDirectory()) return removeFile(Buffer.from(path));
    await this.#forEachBatch(path, (directories) =>
      settleAll(directories, ENTRIES_AT_ONCE, (below) => this.#moveUp(entryPath(path, below))),
    );
    // Not empty if something was added, or missed: the next pass takes it.
    await removeEmpty(path);
  }

  /**
   * Removes the files of a directory, and hands on the names of its directories with the number of all
   * entries.
   */
  async #forEachBatch(
    path: string,
    use: (directories: readonly Buffer[], count: number) => Promise<void>,
  ): Promise<void> {
    for await (const batch of readInBatches(path, this.#signal)) {
      const files = batch.filter((entry) => !entry.isDirectory);
      await settleAll(files, ENTRIES_AT_ONCE, ({ name }) => removeFile(entryPath(path, name)));
      const directories = batch.filter((entry) => entry.isDirectory).map(({ name }) => name);
      await use(directories, batch.length);
    }
  }

  /** @returns where the directory is now; undefined if it was gone */
  async #moveUp(path: Buffer): Promise<string | undefined> {
    this.#moved += 1;
    const target = `${this.#top}/${this.#prefix}-${this.#moved}`;
    const moved = await attempt(path, () => rename(path, target), ['ENOENT']);
    return moved ? target : undefined;
  }
}

/** EISDIR: it was replaced by a directory, which the next pass takes. */
async function removeFile(path: Buffer): Promise<void> {
  await attempt(path, () => unlink(path), ['ENOENT', 'EISDIR']);
}

/** @returns false if something was added meanwhile */
function removeEmpty(path: string): Promise<boolean> {
  return attempt(path, () => rmdir(path).catch(unlessCode('ENOENT')), ['ENOTEMPTY', 'EEXIST']);
}

/** @returns false for an error of one of the given codes */
async function attempt(
  path: Buffer | string,
  change: () => Promise<void>,
  harmless: readonly string[],
): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (harmless.includes(errorCode(error) ?? '')) return false;
    throw explain(error, JSON.stringify(path.toString()));
  }
}

function explain(cause: unknown, path: string): OverlayError {
  switch (errorCode(cause)) {
    case 'EBUSY':
    case 'EXDEV':
      return new OverlayError('MOUNTED', `${path} is a mount point: unmount it, then remove it again`, {
        cause,
      });
    case 'EPERM': {
      const how =
        'lsattr shows whether it or its directory is immutable or append-only, `chattr -ia` mends that';
      return new OverlayError('IO', `${path} cannot be removed: ${how}`, { cause });
    }
    default:
      return new OverlayError('IO', `${path} cannot be removed: ${errorCode(cause)}`, { cause });
  }
}
