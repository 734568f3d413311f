import { closeSync, constants, mkdirSync, openSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ChunkSet, createChunkSet } from './chunk-set.ts';
import type { ContentShape } from './content-store.ts';

/** One content that is not complete yet: its file, and what is known of its chunks. */
export interface PartialContent {
  readonly verified: ChunkSet;
  /** Chunks whose bytes from an earlier process have not been looked at yet. */
  readonly uncertain: ChunkSet;
  /** The file, opened for reading and writing when it is first needed, and made if it is missing. */
  file(): Promise<FileHandle>;
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
  rename(finalPath: string): Promise<void>;
}

/** Looks for bytes that an earlier process left at `path`. Makes no file. */
export function openPartialContent(path: string, shape: ContentShape): PartialContent {
  const uncertain = createChunkSet(shape.chunkCount);
  const reused = hasBytes(path);
  for (let chunk = 0; reused && chunk < shape.chunkCount; chunk++) uncertain.add(chunk);
  let opening: Promise<FileHandle> | undefined;

  const openFile = async () => {
    const file = await openOrMake(path);
    if (reused || shape.chunkCount > 1) await file.truncate(shape.sizeBytes);
    return file;
  };
  const file = () => {
    opening ??= openFile().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    verified: createChunkSet(shape.chunkCount),
    uncertain,
    file,
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
    rename: (finalPath) => rename(path, finalPath),
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
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return await open(path, flags, 0o600);
  }
}

function openOrMakeSync(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, flags, 0o600);
  }
}
