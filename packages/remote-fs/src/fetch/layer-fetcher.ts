import type { CallOptions } from '@sluice/snapshotter-core';
import type { BlobOrder } from './blob-order.ts';
import type { FetchPriority } from './fetch-priority.ts';

/** Brings the contents of one layer to this machine as they are needed, and before. */
export interface LayerFetcher extends Disposable {
  readonly order: BlobOrder;

  /**
   * Brings the chunks that cover `length` bytes from `offset` of a content, for a reader who waits. Resolves once
   * they are verified, in the content store and marked as present. Chunks that another layer or another caller is
   * fetching are waited for, not fetched twice, unless it takes longer than to fetch them. Brings more than it was
   * asked for: neighbours, and what follows.
   *
   * @param content a content number of the layer's index
   * @param options.again the reader came too late for what was brought before: it was removed at once
   * @returns the bytes, cut at the content's end, where the disk does not take all of them (then they are neither in the
   *   store nor marked), or, with `again`, in any case
   * @throws LayerError CORRUPT if the bytes are wrong, twice; whatever keeps blob or store away; the signal's
   *   reason if aborted. Fetching stops when nobody waits for it any more.
   */
  fill(
    content: number,
    offset: number,
    length: number,
    options?: { readonly signal?: AbortSignal; readonly again?: boolean },
  ): Promise<Uint8Array | undefined>;

  /**
   * Brings chunks that nobody waits for. What is here or under way is left out, neighbours share a request.
   * Resolves when all that was begun here is over; says how many chunks failed, and why is nobody's concern: a
   * reader who wants them will see.
   *
   * @param chunks numbers, in the order of the blob
   * @throws the signal's reason if aborted, or if the layer is closed; then what is under way ends
   */
  bring(
    chunks: readonly number[],
    priority: Exclude<FetchPriority, 'demand'>,
    options?: CallOptions,
  ): Promise<{ readonly failed: number }>;
}
