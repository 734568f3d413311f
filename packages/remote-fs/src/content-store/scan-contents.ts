import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of the content store. */
export interface StoredFile {
  readonly path: string;
  /** The content's name, in hex. */
  readonly hex: string;
  readonly partial: boolean;
  /** Bytes that it takes of the disk. */
  readonly bytes: number;
  /** When it was last read or written, in milliseconds since 1970, as exactly as the file system keeps it. */
  readonly usedMs: number;
}

const statsAtOnce = 16;
const suffix = '.partial';

/**
 * Looks at all files of a content store, in the order of their names, a few at a time; those that vanish meanwhile are
 * left out, and those that become complete are not.
 */
export async function* scanContents(directory: string, signal: AbortSignal): AsyncGenerator<StoredFile> {
  for (const shard of (await readdir(directory)).toSorted()) {
    const found = await readdir(join(directory, shard));
    const names = found.filter((name) => /^[0-9a-f]{64}/.test(name)).toSorted();
    for (let at = 0; at < names.length; at += statsAtOnce) {
      signal.throwIfAborted();
      const batch = names.slice(at, at + statsAtOnce);
      const files = await Promise.all(batch.map((name) => lookAt(join(directory, shard, name), name)));
      yield* files.filter((file) => file !== undefined);
    }
  }
}

async function lookAt(path: string, name: string): Promise<StoredFile | undefined> {
  try {
    const { blocks, atimeMs, mtimeMs } = await stat(path);
    return {
      path,
      hex: name.slice(0, 64),
      partial: name.length > 64,
      bytes: blocks * 512,
      usedMs: Math.max(atimeMs, mtimeMs),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const isPartial = name.length > 64;
    return isPartial ? await lookAt(path.slice(0, -suffix.length), name.slice(0, 64)) : undefined;
  }
}
