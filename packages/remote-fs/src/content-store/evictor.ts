import { statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@sluice/snapshotter-core';
import { type StoredFile, scanContents } from './scan-contents.ts';

/**
 * Keeps a content store within its bounds, by removing what was not used for the longest time. It counts what is
 * written; only when that comes near the bound does it look at the files, twice: at first to learn from when on to keep
 * them, then to remove. Nobody waits for it, and it holds no list of files.
 */
export interface Evictor extends Disposable {
  /**
   * Says that so many bytes are going to be written.
   *
   * @returns false if that would be more than the store may hold: they must not be written, for nothing could be removed
   *   fast enough
   */
  reserve(bytes: number): boolean;
  /** Says that what was reserved is written now, or was not written after all. */
  settle(bytes: number, isWritten: boolean): void;
  /** Whether there is room for what nobody has asked for yet. */
  hasRoom(): boolean;
  /** Looks, and removes what is too much. Resolves when that is done. */
  trim(): Promise<void>;
  /**
   * Removes some of what was not used for the longest time because the disk is full, whatever the bounds; those who ask
   * at one time share it. What nobody has asked for has no room for a while then.
   *
   * @returns bytes freed; 0 if there is nothing that may be removed, or was nothing a moment ago
   */
  makeRoom(): Promise<number>;
}

export interface ContentBounds {
  /** Bytes of the disk that contents may take; 0 for no limit. */
  readonly maxSizeBytes?: number;
  /** Bytes of the file system that have to stay free for others; 0 for none. */
  readonly minFreeBytes?: number;
}

export interface EvictorDeps {
  readonly logger: Logger;
  /** Removes files, but those in use, and says how many bytes that freed. */
  remove(files: readonly StoredFile[]): Promise<number>;
}

/** From this part of the limit on, so that it need not be reached, down to that, not to begin anew with the next file. */
const fullPart = 0.95;
const keptPart = 0.9;
const blockBytes = 4096;
/** Free space is looked at after so many bytes were written. */
const freeCheckBytes = 16 * 1024 * 1024;
const firstLookMs = 5000;
const patienceMs = 2000;
const removedAtOnce = 256;
const bucketMs = 60_000;
/** On a full disk, so much is freed at once, or a quarter of a small store: not to begin anew with the next file. */
const roomBytes = 64 * 1024 * 1024;
const roomPart = 0.05;
const fullMs = 60_000;
/** On a full disk where nothing could be removed, it is not looked for again for so long. */
const hopelessMs = 1000;

export function createEvictor(
  deps: EvictorDeps,
  options: ContentBounds & { readonly directory: string },
): Evictor {
  const { directory, maxSizeBytes = 0, minFreeBytes = 0 } = options;
  const bounded = maxSizeBytes > 0 || minFreeBytes > 0;
  const closing = new AbortController();
  let usedBytes = 0;
  /** Reserved and not settled. */
  let pendingBytes = 0;
  /** What a look may have missed: what was reserved since it began, or was pending then. */
  let maybeMissedBytes = 0;
  let sinceFreeCheck = 0;
  let shortOfSpace = false;
  let patient = false;
  let trimming: Promise<void> | undefined;
  let makingRoom: Promise<number> | undefined;
  let fullUntilMs = 0;
  let hopelessUntilMs = 0;

  const tooMuch = async (totalBytes: number): Promise<number> => {
    const isOver = maxSizeBytes > 0 && totalBytes > fullPart * maxSizeBytes;
    const over = isOver ? totalBytes - keptPart * maxSizeBytes : 0;
    if (minFreeBytes === 0) return over;
    const { bavail, bsize } = await statfs(directory);
    shortOfSpace = bavail * bsize < minFreeBytes;
    return Math.max(over, shortOfSpace ? minFreeBytes - bavail * bsize : 0);
  };

  /**
   * All files, one after another; afterwards `usedBytes` is what they had, but for what was removed of it meanwhile. Some
   * of what is written meanwhile may be counted twice: that is noticed at the next look, and too little would not be.
   */
  async function* count(freed: () => number): AsyncGenerator<StoredFile> {
    let total = 0;
    maybeMissedBytes = pendingBytes;
    for await (const file of scanContents(directory, closing.signal)) {
      total += file.bytes;
      yield file;
    }
    usedBytes = total + maybeMissedBytes - freed();
  }

  const look = async (): Promise<{ readonly total: number; readonly byAge: Map<number, number> }> => {
    const byAge = new Map<number, number>();
    let total = 0;
    for await (const { bytes, usedMs } of count(() => 0)) {
      const bucket = Math.floor(usedMs / bucketMs);
      byAge.set(bucket, (byAge.get(bucket) ?? 0) + bytes);
      total += bytes;
    }
    return { total, byAge };
  };

  /** Comes to the end whatever was freed, for it counts: two looks that ext4 answers differently must not be mixed. */
  const removeUntil = async (cutoff: number, needed: number): Promise<number> => {
    let freed = 0;
    let batch: StoredFile[] = [];
    let pending = 0;
    const flush = async () => {
      freed += await deps.remove(batch);
      batch = [];
      pending = 0;
    };
    for await (const file of count(() => freed)) {
      if (freed >= needed || Math.floor(file.usedMs / bucketMs) > cutoff) continue;
      batch.push(file);
      pending += file.bytes;
      if (batch.length >= removedAtOnce || freed + pending >= needed) await flush();
    }
    if (batch.length === 0) return freed;
    const before = freed;
    await flush();
    usedBytes -= freed - before;
    return freed;
  };

  const work = async () => {
    const { total, byAge } = await look();
    const needed = await tooMuch(total);
    if (needed <= 0) return;
    const freed = await removeUntil(cutoffOf(byAge, needed), needed);
    deps.logger.info({ freedBytes: freed, usedBytes }, 'contents that were not used for long were removed');
    if (freed < needed) againLater(needed - freed);
  };

  /** The rest is in use, or is just being made permanent. */
  const againLater = (missingBytes: number) => {
    deps.logger.debug({ missingBytes }, 'what is left of the contents is in use: they are looked at again');
    patient = true;
    delay(patienceMs, undefined, { signal: closing.signal, ref: false }).then(
      () => {
        patient = false;
        void trim();
      },
      () => {},
    );
  };

  const note = (bytes: number) => {
    usedBytes += bytes;
    maybeMissedBytes += bytes;
    pendingBytes += bytes;
  };

  const trim = () => {
    trimming ??= work()
      .catch((err: unknown) => {
        if (!closing.signal.aborted)
          deps.logger.warn({ err }, 'the content store cannot be kept within bounds');
      })
      .finally(() => {
        trimming = undefined;
      });
    return trimming;
  };

  const makeRoomNow = async () => {
    await trimming;
    const { total, byAge } = await look();
    const needed = Math.max(Math.min(roomBytes, total / 4), roomPart * total);
    const freed = await removeUntil(cutoffOf(byAge, needed), needed);
    const now = performance.now();
    if (freed === 0) hopelessUntilMs = now + hopelessMs;
    if (freed > 0 && now > fullUntilMs) {
      const told = { directory, freedBytes: freed, usedBytes };
      deps.logger.warn(told, 'the disk is full: contents that were not used for long were removed');
    }
    fullUntilMs = now + fullMs;
    return freed;
  };

  const makeRoom = async () => {
    if (performance.now() < hopelessUntilMs) return 0;
    makingRoom ??= makeRoomNow().finally(() => {
      makingRoom = undefined;
    });
    return await makingRoom;
  };

  if (bounded) {
    delay(firstLookMs, undefined, { signal: closing.signal, ref: false }).then(trim, () => {});
  }

  return {
    reserve(bytes) {
      if (!bounded) return true;
      const onDisk = blocksOf(bytes);
      const fits = maxSizeBytes === 0 || usedBytes + onDisk <= maxSizeBytes;
      if (fits) note(onDisk);
      sinceFreeCheck += bytes;
      const checkFree = minFreeBytes > 0 && sinceFreeCheck >= freeCheckBytes;
      if (checkFree) sinceFreeCheck = 0;
      const over = maxSizeBytes > 0 && (!fits || usedBytes > fullPart * maxSizeBytes);
      if (!patient && (over || checkFree)) void trim();
      return fits;
    },
    settle(bytes, isWritten) {
      if (!bounded) return;
      if (isWritten) pendingBytes -= blocksOf(bytes);
      else note(-blocksOf(bytes));
    },
    hasRoom: () =>
      !shortOfSpace &&
      performance.now() >= fullUntilMs &&
      (maxSizeBytes === 0 || usedBytes < keptPart * maxSizeBytes),
    trim,
    makeRoom,
    [Symbol.dispose]() {
      closing.abort(new Error('the daemon is stopping'));
    },
  };
}

function blocksOf(bytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes;
}

/** The bucket up to which files are removed. */
function cutoffOf(byAge: ReadonlyMap<number, number>, needed: number): number {
  let sum = 0;
  for (const [bucket, bytes] of [...byAge].sort(([a], [b]) => a - b)) {
    sum += bytes;
    if (sum >= needed) return bucket;
  }
  return Number.POSITIVE_INFINITY;
}
