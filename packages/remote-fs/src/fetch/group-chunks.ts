import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { ChunkGroup } from './chunk-group.ts';

export interface GroupLimits {
  /** A range grows no longer than this by joining chunks; a single chunk may be longer. */
  readonly maxRangeBytes: number;
  /** Bytes between two chunks that are fetched needlessly rather than asking twice. */
  readonly maxGapBytes: number;
}

/** Joins chunks that are neighbours in the blob, so that they need fewer requests. */
export function groupChunks(
  index: LayerIndex,
  chunks: readonly number[],
  limits: GroupLimits,
): readonly ChunkGroup[] {
  const groups: { chunks: number[]; ends: number[]; offset: number; end: number }[] = [];
  const ranges = chunks.map((chunk) => ({ chunk, ...chunkRange(index, chunk) }));
  for (const { chunk, offset, length } of ranges.sort((a, b) => a.offset - b.offset)) {
    const last = groups.at(-1);
    const end = Math.max(last?.end ?? 0, offset + length);
    if (last && offset - last.end <= limits.maxGapBytes && end - last.offset <= limits.maxRangeBytes) {
      last.chunks.push(chunk);
      last.ends.push(offset + length - last.offset);
      last.end = end;
    } else {
      groups.push({ chunks: [chunk], ends: [length], offset, end: offset + length });
    }
  }
  return groups.map(({ end, ...group }) => ({ ...group, length: end - group.offset }));
}
