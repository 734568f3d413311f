import { chunkRange, contentChunks, contentOfChunk, decodeChunk, LayerError } from '@sluice/layer';
import type { Arrival } from './arrival.ts';
import type { ChunkGroup } from './chunk-group.ts';
import { type FetchContext, shapeOf } from './fetch-context.ts';
import { readRange } from './read-range.ts';

export interface ArrivingChunk {
  readonly group: ChunkGroup;
  /** Which chunk of the group. */
  readonly at: number;
  readonly arrival: Arrival;
  /** Whether somebody waits for it. */
  isAwaited(): boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits for the bytes of a chunk, verifies them, writes them to the store and marks them as present. If they are
 * corrupt and somebody waits for them, they are fetched once more, from another host where there is one: what was
 * damaged on the way may be right the next time.
 *
 * @returns its bytes, where the disk does not take them: then it is not marked
 * @throws LayerError CORRUPT if it is corrupt (again), also as the cause of the reader's error; what keeps the bytes away
 */
export async function storeChunk(
  context: FetchContext,
  arriving: ArrivingChunk,
): Promise<Uint8Array | undefined> {
  const { index, store, presence } = context;
  const { group, at, arrival } = arriving;
  const chunk = group.chunks[at]!;
  const content = contentOfChunk(index, chunk);
  const from = chunkRange(index, chunk).offset - group.offset;
  const compressed = await arrival.take(from, group.ends[at]!);
  const bytes = await decodeOrRefetch(context, arriving, compressed);
  context.decoded?.(chunk, bytes);
  await using opened = await store.open(shapeOf(index, content));
  const ofContent = chunk - contentChunks(index, content).first;
  if (!opened.complete && !opened.verified(ofContent)) {
    const isStored = await opened.write(ofContent, index.chunks.contentOffset[chunk]!, bytes);
    if (!isStored) return bytes;
  }
  presence.add(chunk);
  return undefined;
}

async function decodeOrRefetch(
  context: FetchContext,
  { group, at, isAwaited, signal }: ArrivingChunk,
  compressed: Uint8Array,
): Promise<Uint8Array> {
  const { index, layerDigest, logger } = context;
  const chunk = group.chunks[at]!;
  try {
    return await decodeChunk(index, chunk, compressed, { signal });
  } catch (err) {
    if (!(err instanceof LayerError) || err.code !== 'CORRUPT') throw err;
    if (!isAwaited()) throw err;
    logger.warn({ err, layer: layerDigest, chunk }, 'a chunk is corrupt: fetching it once more');
  }
  // The decoded bytes are what verifying gives besides its verdict.
  let decoded: Uint8Array | undefined;
  const verify = async (bytes: Uint8Array) => {
    decoded = await decodeChunk(index, chunk, bytes, { signal });
  };
  const again = await readRange(context, chunkRange(index, chunk), { signal, verify });
  return decoded ?? (await decodeChunk(index, chunk, again, { signal }));
}
