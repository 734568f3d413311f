/**
 * Verified chunks that the disk did not take, in memory for a while: a reader comes for a chunk in many small reads, and
 * for its neighbours next. Bounded; those that were not used for the longest time are forgotten first, and all of them
 * when none was used for some time.
 */
export interface UnstoredChunks extends Disposable {
  keep(key: string, bytes: Uint8Array): void;
  get(key: string): Uint8Array | undefined;
  delete(key: string): void;
  readonly sizeBytes: number;
}

export interface UnstoredChunksOptions {
  /** Default 32 MiB. A chunk that is larger is not kept. */
  readonly maxBytes?: number | undefined;
  /** Default half a minute. */
  readonly idleMs?: number;
}

export function createUnstoredChunks(options: UnstoredChunksOptions = {}): UnstoredChunks {
  const { maxBytes = 32 * 1024 * 1024, idleMs = 30_000 } = options;
  /** The least recently used first. */
  const chunks = new Map<string, Uint8Array>();
  let sizeBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const used = (key: string, bytes: Uint8Array) => {
    chunks.delete(key);
    chunks.set(key, bytes);
    if (timer) timer.refresh();
    else timer = setTimeout(forgetAll, idleMs).unref();
  };
  const forgetAll = () => {
    clearTimeout(timer);
    timer = undefined;
    chunks.clear();
    sizeBytes = 0;
  };
  const forget = (key: string) => {
    sizeBytes -= chunks.get(key)?.length ?? 0;
    chunks.delete(key);
  };

  return {
    keep(key, bytes) {
      forget(key);
      if (bytes.length > maxBytes) return;
      // A part of a larger buffer would keep all of that.
      used(key, bytes.length < bytes.buffer.byteLength ? bytes.slice() : bytes);
      sizeBytes += bytes.length;
      for (const [oldest] of chunks) {
        if (sizeBytes <= maxBytes) return;
        forget(oldest);
      }
    },
    get(key) {
      const bytes = chunks.get(key);
      if (bytes) used(key, bytes);
      return bytes;
    },
    delete: forget,
    get sizeBytes() {
      return sizeBytes;
    },
    [Symbol.dispose]: forgetAll,
  };
}
