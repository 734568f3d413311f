import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { BlobOrder } from '../fetch/blob-order.ts';
import type { BlobRange } from './profile.ts';

/** Ranges that lie so near to each other become one where they were read one after another. */
const maxGapBytes = 512;

/**
 * The ranges of the blob that were read, in the order of the first read.
 *
 * @param reads see `ContentTable.reads` of `@sluice/fuse`
 */
export function rangesOfReads(index: LayerIndex, reads: Int32Array): readonly BlobRange[] {
  const order: [number, number][] = [];
  for (let chunk = 0; chunk < index.chunkCount; chunk++) {
    const at = Atomics.load(reads, 1 + chunk);
    if (at > 0) order.push([at, chunk]);
  }
  order.sort(([a], [b]) => a - b);
  const ranges: [number, number][] = [];
  for (const [, chunk] of order) {
    const { offset, length } = chunkRange(index, chunk);
    const last = ranges.at(-1);
    const gap = last ? offset - (last[0] + last[1]) : -1;
    if (last && gap >= 0 && gap <= maxGapBytes) last[1] = offset + length - last[0];
    else ranges.push([offset, length]);
  }
  return ranges;
}

/** The chunks that begin in the ranges, in their order. Ranges outside of the blob are nothing. */
export function chunksOfRanges(
  order: BlobOrder,
  chunkCount: number,
  ranges: readonly BlobRange[],
): readonly number[] {
  const chunks = new Set<number>();
  for (const [offset, length] of ranges) {
    const end = Math.min(order.firstFrom(offset + length), chunkCount);
    for (let position = order.firstFrom(offset); position < end; position++) {
      chunks.add(order.chunkAt(position));
    }
  }
  return [...chunks];
}
