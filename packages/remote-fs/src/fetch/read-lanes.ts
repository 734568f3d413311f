import { chunkRange, contentChunks, contentOfInode, type LayerIndex } from '@sluice/layer';
import type { BlobOrder } from './blob-order.ts';

/**
 * The chunks of a layer, parted into lanes of what is likely to be read together: all small files of one kind
 * (`.js`, `.so`, `.pyc`) make a lane, in the order of the blob, and every large file is one by itself.
 * ```
 *   blob:   a.py  a.opt.pyc  a.pyc  b.py  b.opt.pyc  b.pyc  lib.so (big: 4 chunks)  c.py ...
 *   lanes:  [a.py b.py c.py ...]  [a.opt.pyc b.opt.pyc ...]  [a.pyc b.pyc ...]  [lib.so's 4 chunks]
 * ```
 * Bytes are compressed ones, and counted within a lane: a block of a lane holds as much of it as a block of the blob
 * holds of everything.
 */
export interface ReadLanes {
  /** Whether the chunk is of a large file. */
  isLarge(chunk: number): boolean;
  /**
   * The chunks that begin in the same block of `bytes` of the chunk's lane, in the order of the blob: the chunk among
   * them. With `step` -1, those of the block before that, if there is one.
   */
  blockAround(chunk: number, bytes: number, step?: -1): readonly number[];
}

/** Files of more compressed bytes, or of several chunks, are large. */
const largeBytes = 256 * 1024;
const dot = 0x2e;

export function createReadLanes(index: LayerIndex, order: BlobOrder): ReadLanes {
  const { chunkCount } = index;
  const { laneOf, laneCount, largeFrom } = assignLanes(index);
  const starts = new Uint32Array(laneCount + 1);
  for (const lane of laneOf) starts[lane + 1]!++;
  for (let lane = 0; lane < laneCount; lane++) starts[lane + 1]! += starts[lane]!;
  const next = starts.slice();
  const bytesSoFar = new Float64Array(laneCount);
  /** By place: lane after lane. */
  const chunks = new Uint32Array(chunkCount);
  const bytesBefore = new Float64Array(chunkCount);
  const placeOf = new Uint32Array(chunkCount);
  for (let position = 0; position < chunkCount; position++) {
    const chunk = order.chunkAt(position);
    const lane = laneOf[chunk]!;
    const place = next[lane]!++;
    chunks[place] = chunk;
    placeOf[chunk] = place;
    bytesBefore[place] = bytesSoFar[lane]!;
    bytesSoFar[lane]! += chunkRange(index, chunk).length;
  }

  const firstFrom = (lane: number, bytes: number): number => {
    let low = starts[lane]!;
    let high = starts[lane + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bytesBefore[middle]! < bytes) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    isLarge: (chunk) => laneOf[chunk]! >= largeFrom,
    blockAround(chunk, bytes, step) {
      const lane = laneOf[chunk]!;
      const block = Math.floor(bytesBefore[placeOf[chunk]!]! / bytes) + (step ?? 0);
      return [...chunks.subarray(firstFrom(lane, block * bytes), firstFrom(lane, (block + 1) * bytes))];
    },
  };
}

/** @returns lanes of kinds from 0, those of large files from `largeFrom` */
function assignLanes(index: LayerIndex) {
  const kinds = kindsOf(index);
  const laneOf = new Uint32Array(index.chunkCount);
  const lanes = new Map<number, number>();
  const isLarge = (content: number) => {
    const { first, end } = contentChunks(index, content);
    return end - first > 1 || chunkRange(index, first).length > largeBytes;
  };
  for (const kind of kinds) if (!lanes.has(kind)) lanes.set(kind, lanes.size);
  const largeFrom = lanes.size;
  let laneCount = largeFrom;
  for (let content = 0; content < index.contentCount; content++) {
    const { first, end } = contentChunks(index, content);
    laneOf.fill(isLarge(content) ? laneCount++ : lanes.get(kinds[content]!)!, first, end);
  }
  return { laneOf, laneCount, largeFrom };
}

/** Names with several dots make a kind (`.d.ts`, `.opt.pyc`) where there are so many of it; else the last one counts. */
const minOfKind = 16;

/**
 * Of each content a number for what follows the first dot in its name, without digits (`.so.6` and `.so.1.2` are one
 * kind), or, where few are called like that (`es.array.at.js`), what follows the last one. Of a content with several
 * names, the one with the shortest kind counts: other ones tell it apart from siblings that happen to be the same.
 */
function kindsOf(index: LayerIndex): Uint32Array {
  const { entries, names, contentCount } = index;
  const kinds = new Uint32Array(contentCount);
  const shortKinds = new Uint32Array(contentCount);
  const lengths = new Uint16Array(contentCount).fill(0xffff);
  for (let entry = 0; entry < entries.inode.length; entry++) {
    const content = contentOfInode(index, entries.inode[entry]!);
    if (content === undefined) continue;
    const start = entries.nameOffset[entry]!;
    const end = start + entries.nameLength[entry]!;
    const at = firstDot(names, start + 1, end);
    if (end - at >= lengths[content]!) continue;
    lengths[content] = end - at;
    kinds[content] = hashOf(names, at, end);
    shortKinds[content] = hashOf(names, lastDot(names, at, end), end);
  }
  const members = new Map<number, number>();
  for (const kind of kinds) members.set(kind, (members.get(kind) ?? 0) + 1);
  return kinds.map((kind, content) => (members.get(kind)! < minOfKind ? shortKinds[content]! : kind));
}

function firstDot(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== dot) at++;
  return at;
}

/** The last one that does not begin a version; `from` if there is none. */
function lastDot(bytes: Uint8Array, from: number, to: number): number {
  let at = to - 1;
  while (at > from && (bytes[at] !== dot || isDigit(bytes[at + 1] ?? 0))) at--;
  return Math.max(at, from);
}

/** FNV-1a, without digits and the dots before them. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) {
    const isVersion = isDigit(bytes[at]!) || (bytes[at] === dot && isDigit(bytes[at + 1]!));
    if (!isVersion) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  }
  return hash >>> 0;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
