import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { ChunkGroup } from './chunk-group.ts';

export interface GroupLimits {
  /** A range grows no longer than this by joining chunks; a single chunk may be longer. */
  readonly maxRangeBytes: number;
  /** Bytes between two chunks that are fetched needlessly rather than asking twice. */
  readonly maxGapBytes: number;
  /** All bytes that are fetched needlessly, as a share of the chunks' bytes: the shortest gaps are closed first. */
  readonly maxGapShare?: number;
}

/** Joins chunks that are neighbours in the blob, so that they need fewer requests. */
export function groupChunks(
  index: LayerIndex,
  chunks: readonly number[],
  limits: GroupLimits,
): readonly ChunkGroup[] {
  const groups: { chunks: number[]; starts: number[]; ends: number[]; offset: number; end: number }[] = [];
  const ranges = chunks.map((chunk) => ({ chunk, ...chunkRange(index, chunk) }));
  ranges.sort((a, b) => a.offset - b.offset);
  const maxGapBytes = Math.min(limits.maxGapBytes, affordableGap(ranges, limits.maxGapShare ?? Infinity));
  for (const { chunk, offset, length } of ranges) {
    const last = groups.at(-1);
    const end = Math.max(last?.end ?? 0, offset + length);
    if (last && offset - last.end <= maxGapBytes && end - last.offset <= limits.maxRangeBytes) {
      last.chunks.push(chunk);
      last.starts.push(offset - last.offset);
      last.ends.push(offset + length - last.offset);
      last.end = end;
    } else {
      groups.push({ chunks: [chunk], starts: [0], ends: [length], offset, end: offset + length });
    }
  }
  return groups.map(({ end, ...group }) => ({ ...group, length: end - group.offset }));
}

/** The longest gap that may be closed, where all that are not longer are closed too. */
function affordableGap(
  ranges: readonly { readonly offset: number; readonly length: number }[],
  maxShare: number,
): number {
  if (maxShare === Infinity) return Infinity;
  const gaps: number[] = [];
  let end = 0;
  let bytes = 0;
  for (const { offset, length } of ranges) {
    if (end > 0 && offset > end) gaps.push(offset - end);
    bytes += length;
    end = Math.max(end, offset + length);
  }
  let left = bytes * maxShare;
  let affordable = 0;
  for (const gap of gaps.sort((a, b) => a - b)) {
    left -= gap;
    if (left < 0) return affordable;
    affordable = gap;
  }
  return affordable;
}
