import { type FileHandle, open } from 'node:fs/promises';
import { type LayerIndex, openLayerIndex } from '@sluice/layer';
import { LinuxError, mapFile, releasePages } from '@sluice/linux';
import { releaseMemory } from './release-memory.ts';

/**
 * Saved indexes in the memory of this process. They are mapped: what is looked at of one is in the page cache, which
 * the kernel frees as it needs to, and the rest on disk. What was looked at is given back now and then, so that an
 * index counts as memory of this process only while a container walks over its layer.
 */
export interface IndexMemory extends Disposable {
  /** Opens and checks a saved index. @throws LayerError CORRUPT; the errors of the file system */
  open(path: string): Promise<LayerIndex>;
}

export interface IndexMemoryOptions {
  /** How often pages are given back. Default 20 seconds. */
  readonly releaseEveryMs?: number;
}

const pieceBytes = 256 * 1024;
/** Soon after many layers were opened, which takes memory for a short time. */
const firstReleaseMs = 1500;

export function createIndexMemory({ releaseEveryMs = 20_000 }: IndexMemoryOptions = {}): IndexMemory {
  const mapped = new Set<WeakRef<ArrayBufferLike>>();
  /** Whether indexes were opened, which leaves garbage, since memory was released. */
  let isLittered = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (afterMs: number, work: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(work, afterMs).unref();
  };

  const releaseMapped = () => {
    for (const reference of mapped) {
      const buffer = reference.deref();
      if (buffer) releasePages(buffer);
      else mapped.delete(reference);
    }
  };

  const releaseAll = () => {
    releaseMapped();
    if (isLittered) releaseMemory();
    isLittered = false;
    if (mapped.size > 0) later(releaseEveryMs, releaseAll);
  };

  /** Pages soon; what takes time not before containers have started. */
  const releaseSoon = () => {
    if (isLittered) return;
    isLittered = true;
    later(Math.min(firstReleaseMs, releaseEveryMs), () => {
      releaseMapped();
      later(releaseEveryMs, releaseAll);
    });
  };

  return {
    async open(path) {
      await using file = await open(path);
      const index = openLayerIndex(await bufferOf(file));
      releasePages(index.buffer);
      mapped.add(new WeakRef(index.buffer));
      releaseSoon();
      return index;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
    },
  };
}

async function bufferOf(file: FileHandle): Promise<ArrayBufferLike> {
  const { size } = await file.stat();
  const piece = new Uint8Array(pieceBytes);
  // A disk that cannot read it says so here; where it is mapped, that ends the process.
  await readAll(file, size, (at) => piece.subarray(0, size - at));
  try {
    return mapFile(file.fd, size);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    // Nothing to map, or a file system that maps nothing.
    const bytes = new Uint8Array(new SharedArrayBuffer(size));
    await readAll(file, size, (at) => bytes.subarray(at));
    return bytes.buffer;
  }
}

/** @param target where the bytes from a position on go */
async function readAll(file: FileHandle, size: number, target: (at: number) => Uint8Array): Promise<void> {
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(target(at), { position: at });
    if (bytesRead === 0) return;
    at += bytesRead;
  }
}
