import type { CallOptions } from '@sluice/snapshotter-core';
import type { FetchPriority } from './fetch-priority.ts';

/**
 * Says when a range may be fetched, for all layers together, so that what a reader waits for is never held up by
 * what nobody waits for, and memory stays bounded.
 *
 * - A range of a more urgent priority begins first; within a priority, those that came first.
 * - Each priority has so many ranges under way at most, 'planned' and 'ahead' together, and all but 'demand' half of the
 *   bytes.
 * - While a reader waits, 'planned' has only so many bytes on the link as keep it busy between the reader's requests, and
 *   'ahead', which may be wrong, a single range.
 * - 'background' begins only while it is quiet: no reader has had to wait for some time. When a reader has to, the
 *   ranges of the background that are under way are aborted. Its rate may be limited.
 */
export interface FetchScheduler extends Disposable {
  /**
   * Asks for a turn.
   *
   * @param request.bytes what fetching the range holds in memory at most. More than the whole limit is granted once
   *   nothing else of that kind is under way.
   */
  request(request: {
    readonly priority: FetchPriority;
    readonly bytes: number;
    /** What comes over the link for it. */
    readonly linkBytes: number;
    /** Gives the turn up, unless it was granted. */
    readonly signal: AbortSignal;
  }): FetchTicket;

  /** Says that a reader waits, until the result is disposed. */
  readerWaits(): Disposable;

  /** Resolves when it is quiet. @throws the signal's reason; Error after disposal */
  quiet(options?: CallOptions): Promise<void>;
}

/** A place in the queue, then the right to fetch. Dispose it when the bytes are no longer held. */
export interface FetchTicket extends Disposable {
  /** Resolves when fetching may begin. @throws the signal's reason */
  readonly granted: Promise<void>;
  /** Aborted when the range has to make way: it is of the background, and a reader has come. */
  readonly preempted: AbortSignal;
  /** Treats it as 'demand' from now on: a reader waits for some of it. */
  hasten(): void;
}
