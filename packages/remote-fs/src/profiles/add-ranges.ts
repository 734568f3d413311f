import type { BlobRange } from './profile.ts';

/**
 * The known ranges, followed by those of `read`, in their order, that are not wholly in known ones.
 *
 * @returns `known` itself where nothing is new
 */
export function addRanges(known: readonly BlobRange[], read: readonly BlobRange[]): readonly BlobRange[] {
  const spans = joined(known);
  const added = read.filter(([offset, length]) => {
    const span = spans.findLast(([start]) => start <= offset);
    return !span || span[1] < offset + length;
  });
  return added.length > 0 ? [...known, ...added] : known;
}

/** [start, end], in the order of the blob, none next to another. */
function joined(ranges: readonly BlobRange[]): readonly (readonly [number, number])[] {
  const spans: [number, number][] = [];
  for (const [offset, length] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = spans.at(-1);
    if (last && last[1] >= offset) last[1] = Math.max(last[1], offset + length);
    else spans.push([offset, offset + length]);
  }
  return spans;
}
