import { closeSync, constants, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChunkSet, createChunkSet } from './chunk-set.ts';
import type { ContentShape } from './content-store.ts';
import { openIfThere } from './open-if-there.ts';

/** One content that is not complete yet: its file, and what is known of its chunks. */
export interface PartialContent {
  readonly verified: ChunkSet;
  /** Chunks whose bytes from an earlier process have not been looked at yet. */
  readonly uncertain: ChunkSet;
  /** The file, opened for reading and writing when it is first needed, and made if it is missing. */
  file(): Promise<FileHandle>;
  /**
   * Bytes as they are in the file, fewer at its end; none if it is missing. Where it has got its final name meanwhile, of
   * that one.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Replaces the file by these bytes, at once. For small contents of one chunk: the kernel only copies them, where
   * three turns of a thread would take ten times as long, and a start writes thousands.
   */
  writeWhole(bytes: Uint8Array): void;
  /** Closes the file; `file` opens it again. */
  closeFile(): Promise<void>;
  /** Synchronises the bytes. */
  sync(): Promise<void>;
  /** Has the file sealed, which nobody writes to any more. */
  seal(sealAt: (path: string) => Promise<void>): Promise<void>;
  /** Gives the file its final name. */
  rename(): Promise<void>;
}

/** Looks for bytes that an earlier process left of the content at `finalPath`. Makes no file. */
export function openPartialContent(finalPath: string, shape: ContentShape): PartialContent {
  const path = `${finalPath}.partial`;
  const uncertain = createChunkSet(shape.chunkCount);
  const reused = hasBytes(path);
  for (let chunk = 0; reused && chunk < shape.chunkCount; chunk++) uncertain.add(chunk);
  let opening: Promise<FileHandle> | undefined;

  const openFile = async () => {
    const file = await openOrMake(path);
    try {
      if (reused || shape.chunkCount > 1) await file.truncate(shape.sizeBytes);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  };
  const file = () => {
    opening ??= openFile().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  /** Makes no file: it may have been renamed. */
  const readByItself = async (bytes: Uint8Array, offset: number): Promise<number> => {
    const found = (await openIfThere(path)) ?? (await openIfThere(finalPath));
    if (!found) return 0;
    await using opened = found;
    return (await opened.read(bytes, 0, bytes.length, offset)).bytesRead;
  };
  return {
    verified: createChunkSet(shape.chunkCount),
    uncertain,
    file,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const opened = await opening;
      const count = opened
        ? (await opened.read(bytes, 0, length, offset)).bytesRead
        : await readByItself(bytes, offset);
      return bytes.subarray(0, count);
    },
    writeWhole(bytes) {
      const descriptor = openOrMakeSync(path);
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
      } finally {
        closeSync(descriptor);
      }
    },
    async closeFile() {
      const opened = opening;
      opening = undefined;
      await (await opened)?.close();
    },
    async sync() {
      // By a descriptor of its own: what waits here must not keep files open.
      await using opened = await open(path, constants.O_RDONLY);
      await opened.datasync();
    },
    seal: (sealAt) => sealAt(path),
    rename: () => rename(path, finalPath),
  };
}

/** Synchronous, as most looks find nothing: the kernel says so at once, where a thread would take ten times as long. */
function hasBytes(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) > 0;
}

/** The directory is there but for the first time. */
async function openOrMake(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_CREAT;
  try {
    return await open(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    return await open(path, flags, 0o600);
  }
}

function openOrMakeSync(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    return openSync(path, flags, 0o600);
  }
}

function makeDirectory(path: string): void {
  try {
    // Not the ones above at once: Node would then say ENOENT, whatever is wrong.
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') mkdirSync(path, { recursive: true, mode: 0o700 });
    else if (code !== 'EEXIST') throw error;
  }
}
