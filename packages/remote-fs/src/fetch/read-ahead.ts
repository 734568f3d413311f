import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { BlobOrder } from './blob-order.ts';

/**
 * Guesses what else a reader will want, from where in the blob it has wanted something. Neighbours in a blob are
 * neighbours in a directory, so this serves those who read a file from end to end as well as those who load one
 * small file after another, in any order.
 *
 * The blob is seen as blocks of `baseBytes`, two of which make a block of the next level, and so on. With a chunk,
 * the rest of its smallest block is wanted, and all of the largest block of which more than half has been wanted so:
 * ```
 *   wanted before:  [##|##|..|..|..|..|..|..]
 *   a miss here:              ^
 *   near:                   [##]                 the smallest block: fetched with what the reader waits for
 *   ahead:                     [##]              3 of 4 blocks are wanted, so the fourth is; of 8 they are 4: no more
 * ```
 * So the step doubles with each miss of a sequential reader up to the size of the largest block and stays there, and one who jumps fetches little in vain.
 */
export interface ReadAhead {
  /** Notes that a reader wants that chunk. The chunks may be here already, all of them. */
  plan(chunk: number): AheadPlan;
}

/** Chunk numbers, in the order of the blob. */
export interface AheadPlan {
  /** The chunk and its neighbours. */
  readonly near: readonly number[];
  /** Worth fetching, but not worth waiting for. */
  readonly ahead: readonly number[];
}

export interface ReadAheadOptions {
  /** Bytes of the blob that a reader who wants one of them gets all of. Default 64 KiB. */
  readonly baseBytes?: number;
  /** The largest block. Default 4 MiB. */
  readonly maxBytes?: number;
}

export function createReadAhead(
  { index, order }: { readonly index: LayerIndex; readonly order: BlobOrder },
  { baseBytes = 64 * 1024, maxBytes = 4 * 1024 * 1024 }: ReadAheadOptions = {},
): ReadAhead {
  const wanted = new Uint8Array(Math.ceil(index.chunkCount / 8));
  const isWanted = (chunk: number) => (wanted[chunk >>> 3]! & (1 << (chunk & 7))) !== 0;
  const want = (chunk: number) => {
    wanted[chunk >>> 3]! |= 1 << (chunk & 7);
  };

  const blockAround = (offset: number, bytes: number): number[] => {
    const start = Math.floor(offset / bytes) * bytes;
    const first = order.firstFrom(start);
    const end = order.firstFrom(start + bytes);
    return Array.from({ length: end - first }, (_, at) => order.chunkAt(first + at));
  };

  const isDense = (chunks: readonly number[]): boolean => {
    let all = 0;
    let dense = 0;
    for (const chunk of chunks) {
      const { length } = chunkRange(index, chunk);
      all += length;
      if (isWanted(chunk)) dense += length;
    }
    return dense * 2 > all;
  };

  /** Whoever has come to the end of a largest block goes on, and not in small steps again. */
  const continuesDenseBlock = (offset: number): boolean => {
    const start = Math.floor(offset / maxBytes) * maxBytes;
    return start > 0 && offset < start + baseBytes && isDense(blockAround(start - 1, maxBytes));
  };

  return {
    plan(chunk) {
      const offset = index.chunks.blobOffset[chunk]!;
      const near = blockAround(offset, baseBytes);
      near.forEach(want);
      let ahead: number[] = [];
      for (let bytes = baseBytes * 2; bytes <= maxBytes; bytes *= 2) {
        const block = blockAround(offset, bytes);
        if (isDense(block)) ahead = block;
      }
      if (continuesDenseBlock(offset)) ahead = blockAround(offset, maxBytes);
      ahead.forEach(want);
      const nearby = new Set(near);
      return { near, ahead: ahead.filter((other) => !nearby.has(other)) };
    },
  };
}
