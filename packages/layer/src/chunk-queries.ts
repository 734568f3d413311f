import type { LayerIndex } from './layer-index.ts';

const typeMask = 0o170000;
const regular = 0o100000;

/** The content number of a regular file that is not empty; undefined for every other inode. */
export function contentOfInode(index: LayerIndex, inode: number): number | undefined {
  const { mode, start, count } = index.inodes;
  if ((mode[inode]! & typeMask) !== regular || count[inode] === 0) return undefined;
  return start[inode];
}

/** The chunk numbers of a content: `first` up to, not including, `end`. */
export function contentChunks(index: LayerIndex, content: number): { first: number; end: number } {
  const first = index.contents.chunkStart[content]!;
  return { first, end: first + index.contents.chunkCount[content]! };
}

/** The content that a chunk belongs to. */
export function contentOfChunk(index: LayerIndex, chunk: number): number {
  return lastAtOrBelow(index.contents.chunkStart, { first: 0, end: index.contentCount }, chunk);
}

/** The chunk that holds the byte at `offset` of a content; the last one if `offset` lies behind the end. */
export function chunkAt(index: LayerIndex, content: number, offset: number): number {
  return lastAtOrBelow(index.chunks.contentOffset, contentChunks(index, content), offset);
}

/** Bytes of a chunk, decompressed. */
export function chunkSize(index: LayerIndex, chunk: number): number {
  const content = contentOfChunk(index, chunk);
  const { end } = contentChunks(index, content);
  const { contentOffset } = index.chunks;
  const until = chunk + 1 < end ? contentOffset[chunk + 1]! : index.contents.size[content]!;
  return until - contentOffset[chunk]!;
}

/** The bytes of the blob that decodeChunk needs for a chunk. Neighbours may overlap or be the same. */
export function chunkRange(index: LayerIndex, chunk: number): { offset: number; length: number } {
  const offset = index.chunks.blobOffset[chunk]!;
  return { offset, length: index.chunks.blobEnd[chunk]! - offset };
}

/** Binary search in an ascending column: the last position in [first, end) whose value is at most `value`. */
function lastAtOrBelow(
  column: Float64Array | Uint32Array,
  range: { first: number; end: number },
  value: number,
): number {
  let { first, end } = range;
  while (end - first > 1) {
    const middle = (first + end) >>> 1;
    if (column[middle]! <= value) first = middle;
    else end = middle;
  }
  return first;
}
