import type { ChunkGroup } from './chunk-group.ts';

/**
 * A group without the chunks that are not wanted any more, and without the bytes of those at its ends.
 *
 * @returns undefined if none is left
 */
export function trimGroup(group: ChunkGroup, isLeft: (chunk: number) => boolean): ChunkGroup | undefined {
  const left = [...group.chunks.keys()].filter((at) => isLeft(group.chunks[at]!));
  const first = left[0];
  if (first === undefined) return undefined;
  if (left.length === group.chunks.length) return group;
  const from = group.starts[first]!;
  const to = Math.max(...left.map((at) => group.ends[at]!));
  return {
    chunks: left.map((at) => group.chunks[at]!),
    starts: left.map((at) => group.starts[at]! - from),
    ends: left.map((at) => group.ends[at]! - from),
    offset: group.offset + from,
    length: to - from,
  };
}
