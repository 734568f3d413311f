import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { BlobOrder } from './blob-order.ts';
import { createReadLanes } from './read-lanes.ts';

/**
 * Guesses what else a reader will want, from what has been read so far. Neighbours in a lane (see ReadLanes) are files
 * of one kind in one directory, or parts of one file, so this serves those who read a file from end to end as well as
 * those who load one small file after another, in any order.
 *
 * A lane is seen as blocks of `baseBytes`, two of which make a block of the next level, and so on. With a chunk, the
 * rest of its smallest block is wanted, and all of the largest block of which enough has been read:
 * ```
 *   read before:    [##|##|..|..|..|..|..|..]
 *   a miss here:              ^
 *   near:                   [##]                 the smallest block: fetched with what the reader waits for
 *   ahead:                     [##]              3 of 4 blocks were read, so the fourth is wanted; of 8 they are too few
 * ```
 * Only what was read counts, not what was fetched: a wrong guess is not taken for evidence. So the step doubles with
 * each miss of a sequential reader up to the size of the largest block, and one who jumps fetches little in vain.
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

export interface ReadAheadDeps {
  readonly index: LayerIndex;
  readonly order: BlobOrder;
  /** Whether that chunk was read, where somebody knows; what `plan` was asked for was read in any case. */
  readonly wasRead?: ((chunk: number) => boolean) | undefined;
}

export interface ReadAheadOptions {
  /** Bytes of a lane that a reader who wants one of them gets all of. Default 128 KiB. */
  readonly baseBytes?: number;
  /** The largest block. Default 16 MiB of a large file, 4 MiB of small ones. */
  readonly maxBytes?: number;
}

/** Of small files, blocks up to this size are fetched on little evidence: many requests cost more than their bytes. */
const eagerBytes = { small: 1024 * 1024, large: 4 * 1024 * 1024 };
const maxBlockBytes = { small: 4 * 1024 * 1024, large: 16 * 1024 * 1024 };
/** More than such a part of a block must have been read for all of it to be wanted. */
const eagerShare = { small: 0.35, large: 0.5 };
const sureShare = 0.8;
const walkBytes = { behind: 512 * 1024, ahead: 4 * 1024 * 1024 };
/** Chunks: one large file says nothing of those behind it. */
const minWalked = 16;

export function createReadAhead(
  { index, order, wasRead }: ReadAheadDeps,
  options: ReadAheadOptions = {},
): ReadAhead {
  const { baseBytes = 128 * 1024 } = options;
  /** Made when it is first needed: a layer that is only kept mounted needs none. */
  let lanes: ReturnType<typeof createReadLanes> | undefined;
  const asked = new Uint8Array(Math.ceil(index.chunkCount / 8));
  const isRead = (chunk: number) =>
    (asked[chunk >>> 3]! & (1 << (chunk & 7))) !== 0 || wasRead?.(chunk) === true;

  const readShare = (chunks: readonly number[]): number => {
    let all = 0;
    let read = 0;
    for (const chunk of chunks) {
      const { length } = chunkRange(index, chunk);
      all += length;
      if (isRead(chunk)) read += length;
    }
    return all === 0 ? 0 : read / all;
  };

  /** What follows in the blob, of whatever kind, where nearly all before it was read: somebody reads everything. */
  const walkedOn = (chunk: number): readonly number[] | undefined => {
    const offset = index.chunks.blobOffset[chunk]!;
    const behind = offset < walkBytes.behind ? [] : chunksFrom(offset - walkBytes.behind, offset);
    if (behind.length < minWalked || readShare(behind) <= sureShare) return undefined;
    return chunksFrom(offset, offset + Math.min(walkBytes.ahead, options.maxBytes ?? Infinity));
  };
  const chunksFrom = (from: number, to: number): number[] => {
    const first = order.firstFrom(from);
    return Array.from({ length: order.firstFrom(to) - first }, (_, at) => order.chunkAt(first + at));
  };

  return {
    plan(chunk) {
      asked[chunk >>> 3]! |= 1 << (chunk & 7);
      lanes ??= createReadLanes(index, order);
      const size = lanes.isLarge(chunk) ? 'large' : 'small';
      const maxBytes = options.maxBytes ?? maxBlockBytes[size];
      const near = lanes.blockAround(chunk, baseBytes);
      let ahead: readonly number[] = [];
      for (let bytes = baseBytes * 2; bytes <= maxBytes; bytes *= 2) {
        const block = lanes.blockAround(chunk, bytes);
        const enough = bytes <= eagerBytes[size] ? eagerShare[size] : sureShare;
        if (readShare(block) > enough) ahead = block;
      }
      // Whoever has come to the end of a largest block goes on, and not in small steps again.
      const block = lanes.blockAround(chunk, maxBytes);
      if (block[0] === chunk && readShare(lanes.blockAround(chunk, maxBytes, -1)) > sureShare) ahead = block;
      ahead = walkedOn(chunk) ?? ahead;
      const nearby = new Set(near);
      return { near, ahead: ahead.filter((other) => !nearby.has(other)) };
    },
  };
}
