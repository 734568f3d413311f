import type { FileHandle } from 'node:fs/promises';
import type { ContentShape } from './content-store.ts';
import type { DiskWriter } from './disk-writer.ts';
import type { Evictor } from './evictor.ts';
import type { OpenContent } from './open-content.ts';
import type { PartialContent } from './partial-content.ts';
import type { UnstoredChunks } from './unstored-chunks.ts';

export interface OpenContentDeps {
  readonly disk: DiskWriter;
  readonly evictor: Pick<Evictor, 'reserve' | 'settle'>;
  readonly unstored: UnstoredChunks;
  /** Is told of every chunk that is not stored. */
  readonly onUnstored: (sizeBytes: number) => void;
  readonly onComplete: () => void;
  readonly onLeave: () => Promise<void>;
}

const smallBytes = 64 * 1024;

/** A content that was not complete when it was opened. */
export function createOpenContent(
  shape: ContentShape,
  partial: PartialContent,
  deps: OpenContentDeps,
): OpenContent {
  const { disk, evictor, unstored, onComplete, onLeave } = deps;
  let left = false;
  const keyOf = (chunk: number) => `${Buffer.from(shape.name).toString('latin1')}/${chunk}`;
  const settle = (chunk: number, good: boolean) => {
    partial.uncertain.delete(chunk);
    if (!good || partial.verified.has(chunk)) return;
    partial.verified.add(chunk);
    if (partial.verified.size === shape.chunkCount) onComplete();
  };
  const store = async (offset: number, bytes: Uint8Array): Promise<boolean> => {
    if (!evictor.reserve(bytes.length)) return false;
    let isStored = false;
    try {
      isStored = await disk.write(bytes.length, async () => {
        if (shape.chunkCount === 1 && bytes.length <= smallBytes) partial.writeWhole(bytes);
        else await writeFully(await partial.file(), bytes, offset);
      });
    } finally {
      evictor.settle(bytes.length, isStored);
    }
    return isStored;
  };
  return {
    complete: false,
    verified: (chunk) => partial.verified.has(chunk),
    uncertain: (chunk) => partial.uncertain.has(chunk),
    unstored: (chunk) => unstored.get(keyOf(chunk)),
    read: partial.read,
    async write(chunk, offset, bytes) {
      if (!(await store(offset, bytes))) {
        unstored.keep(keyOf(chunk), bytes);
        deps.onUnstored(bytes.length);
        return false;
      }
      if (unstored.sizeBytes > 0) unstored.delete(keyOf(chunk));
      settle(chunk, true);
      return true;
    },
    settle,
    async [Symbol.asyncDispose]() {
      if (left) return;
      left = true;
      await onLeave();
    },
  };
}

async function writeFully(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
  }
}
