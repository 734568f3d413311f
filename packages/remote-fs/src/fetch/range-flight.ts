import type { CallOptions } from '@sluice/snapshotter-core';
import type { ChunkGroup } from './chunk-group.ts';
import type { FetchPriority } from './fetch-priority.ts';
import { createSharedTask } from './shared-task.ts';

/** A range that is being fetched, or is going to be: chunks come in one after another. */
export interface RangeFlight {
  readonly group: ChunkGroup;
  /** Settles when it is over, well or not. Never an unhandled rejection. */
  readonly settled: Promise<void>;
  /** True once everybody who waited has given up. */
  readonly abandoned: boolean;
  /**
   * Waits until a chunk of the group has been stored.
   *
   * @returns its bytes, where the disk does not take them
   * @throws why it was not; the caller's own abort reason. When the last who waits gives up, the flight ends.
   */
  wait(chunk: number, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** False while it waits for its turn. */
  readonly begun: boolean;
  /** Bytes still to come until a chunk is here whole: the reader that needs it waits for so many. */
  bytesUntil(chunk: number): number;
  /** Says that a reader waits for it: it becomes as urgent as one of 'demand'. */
  hasten(): void;
}

/** What a flight's work tells while it runs. */
export interface FlightProgress {
  /** @param unstored its bytes, where the disk does not take them */
  stored(chunk: number, unstored?: Uint8Array): void;
  /** Says how many bytes of the range are here or not needed, and that it is under way. */
  arrived(filled: number): void;
  /** Whether somebody waits for that chunk, or has waited. */
  isAwaited(chunk: number): boolean;
  /** Names what to do when a reader comes to wait for the flight; done at once if one has. */
  onHasten(hasten: () => void): void;
}

export function createRangeFlight(
  group: ChunkGroup,
  priority: FetchPriority,
  work: (progress: FlightProgress, signal: AbortSignal) => Promise<void>,
): RangeFlight {
  const parts = new Map(
    group.chunks.map((chunk, at) => [
      chunk,
      { end: group.ends[at]!, ...Promise.withResolvers<Uint8Array | undefined>() },
    ]),
  );
  for (const { promise } of parts.values()) promise.catch(() => {});
  const awaited = new Set<number>();
  let filled = 0;
  let begun = false;
  let hastened = priority === 'demand';
  let onHasten = () => {};
  const progress: FlightProgress = {
    stored: (chunk, unstored) => parts.get(chunk)!.resolve(unstored),
    arrived(count) {
      filled = count;
      begun = true;
    },
    isAwaited: (chunk) => awaited.has(chunk),
    onHasten(hasten) {
      onHasten = hasten;
      if (hastened) hasten();
    },
  };
  const task = createSharedTask(async (signal) => {
    try {
      await work(progress, signal);
      for (const { resolve } of parts.values()) resolve(undefined);
    } catch (error) {
      // A part that is stored already stays so.
      for (const { reject } of parts.values()) reject(error);
      throw error;
    }
  });
  return {
    group,
    settled: task.settled,
    get abandoned() {
      return task.abandoned;
    },
    wait(chunk, options) {
      awaited.add(chunk);
      return task.waitFor(parts.get(chunk)!.promise, options);
    },
    get begun() {
      return begun;
    },
    bytesUntil: (chunk) => Math.max(0, parts.get(chunk)!.end - filled),
    hasten() {
      hastened = true;
      onHasten();
    },
  };
}
