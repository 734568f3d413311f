import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
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
  /** Closes the file; `file` opens it again. */
  closeFile(): Promise<void>;
  /** Synchronises the bytes and gives the file its final name. */
  complete(finalPath: string): Promise<void>;
}

/** Looks for bytes that an earlier process left at `path`. Makes no file. */
export async function openPartialContent(path: string, shape: ContentShape): Promise<PartialContent> {
  const uncertain = createChunkSet(shape.chunkCount);
  const reused = await hasBytes(path);
  for (let chunk = 0; reused && chunk < shape.chunkCount; chunk++) uncertain.add(chunk);
  let opening: Promise<FileHandle> | undefined;

  const openFile = async () => {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
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
    async closeFile() {
      const opened = opening;
      opening = undefined;
      await (await opened)?.close();
    },
    async complete(finalPath) {
      await (await file()).datasync();
      await rename(path, finalPath);
    },
  };
}

async function hasBytes(path: string): Promise<boolean> {
  try {
    return (await stat(path)).blocks > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
