import { chunkRange, chunkSize, contentChunks, decodeChunk, LayerError } from '@sluice/layer';
import type { ChunkGroup } from './chunk-group.ts';
import { type FetchContext, shapeOf } from './fetch-context.ts';

/**
 * Fetches the chunks of one group with one request, verifies them, writes them to the store and marks them as
 * present, one after another. A chunk that proves corrupt is fetched once more by itself: what was damaged on
 * the way may be right the next time.
 *
 * @throws LayerError CORRUPT if it is corrupt again; then the chunks before it are there all the same
 */
export async function fetchGroup(
  context: FetchContext,
  content: number,
  group: ChunkGroup,
  signal: AbortSignal,
): Promise<void> {
  const { index, store, presence } = context;
  const { first } = contentChunks(index, content);
  using _share = await context.budget.take(group.length + decodedBytes(context, group), { signal });
  const range = await read(context, group.offset, group.length, signal);
  await using opened = await store.open(shapeOf(index, content));
  for (const chunk of group.chunks) {
    const { offset, length } = chunkRange(index, chunk);
    const at = offset - group.offset;
    const bytes = await decodeOrRefetch(context, chunk, range.subarray(at, at + length), signal);
    if (!opened.complete) await opened.write(chunk - first, index.chunks.contentOffset[chunk]!, bytes);
    presence.add(chunk);
  }
}

/** Bytes that decoding holds at one time, at most. */
function decodedBytes({ index }: FetchContext, group: ChunkGroup): number {
  return Math.max(...group.chunks.map((chunk) => index.chunks.innerOffset[chunk]! + chunkSize(index, chunk)));
}

async function read(
  context: FetchContext,
  offset: number,
  length: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const began = performance.now();
  const report = (failed: boolean) =>
    context.metrics.rangeFetched({ bytes: length, durationMs: performance.now() - began, failed });
  try {
    const bytes = await context.blob.read(offset, length, { signal });
    report(false);
    return bytes;
  } catch (error) {
    if (!signal.aborted) report(true);
    throw error;
  }
}

async function decodeOrRefetch(
  context: FetchContext,
  chunk: number,
  compressed: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { index, layerDigest, logger } = context;
  try {
    return await decodeChunk(index, chunk, compressed, { signal });
  } catch (err) {
    if (!(err instanceof LayerError) || err.code !== 'CORRUPT') throw err;
    logger.warn({ err, layer: layerDigest, chunk }, 'a chunk is corrupt: fetching it once more');
  }
  const { offset, length } = chunkRange(index, chunk);
  return await decodeChunk(index, chunk, await read(context, offset, length, signal), { signal });
}
