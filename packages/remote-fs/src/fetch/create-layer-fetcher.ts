import { chunkAt, chunkRange, contentChunks, type LayerIndex } from '@sluice/layer';
import type { CallOptions } from '@sluice/snapshotter-core';
import type { OpenContent } from '../content-store/open-content.ts';
import { type FetchContext, shapeOf } from './fetch-context.ts';
import { fetchGroup } from './fetch-group.ts';
import { groupChunks } from './group-chunks.ts';
import type { LayerFetcher } from './layer-fetcher.ts';
import { settleUncertain } from './settle-uncertain.ts';
import { createSharedTask, type SharedTask } from './shared-task.ts';

const groupLimits = { maxRangeBytes: 8 * 1024 * 1024, maxGapBytes: 64 * 1024 };
/** Compressed bytes fetched ahead of a reader that goes through a file from chunk to chunk. */
const readAheadBytes = 8 * 1024 * 1024;
/** Each round can only be spoilt by another layer's fetch that fails; then the next round fetches for itself. */
const maxRounds = 8;

export function createLayerFetcher(context: FetchContext): LayerFetcher {
  const { index, metrics } = context;
  const closing = new AbortController();

  return {
    async fill(content, offset, length, options = {}) {
      const began = performance.now();
      const report = (failed: boolean) =>
        metrics.readMissed({ durationMs: performance.now() - began, failed });
      try {
        const chunks = chunksCovering(index, content, offset, length);
        await bring({ context, closing: closing.signal }, content, chunks, options);
        report(false);
      } catch (error) {
        if (!options.signal?.aborted) report(true);
        throw error;
      }
    },
    [Symbol.dispose]() {
      closing.abort(new Error('the layer was unmounted'));
    },
  };
}

interface Fetching {
  readonly context: FetchContext;
  readonly closing: AbortSignal;
}

async function bring(
  fetching: Fetching,
  content: number,
  chunks: readonly number[],
  options: CallOptions,
): Promise<void> {
  for (let round = 0; round < maxRounds; round++) {
    if (await advance(fetching, content, chunks, options)) return;
    options.signal?.throwIfAborted();
  }
  throw new Error(`content ${content} of layer ${fetching.context.layerDigest} does not settle`);
}

/**
 * Marks what the store has of the chunks, joins those who fetch some of them already, and fetches the rest.
 * A joined fetch that fails is not reported: the chunks are missing still, and the next round sees to them.
 *
 * The store is asked even for chunks that are marked as present: the reader may know better, because somebody
 * has removed a file.
 *
 * @returns whether all the chunks are there now
 */
async function advance(
  fetching: Fetching,
  content: number,
  chunks: readonly number[],
  options: CallOptions,
): Promise<boolean> {
  const { index, presence, store, flights } = fetching.context;
  await using opened = await store.open(shapeOf(index, content));
  if (opened.complete) {
    presence.addContent(content);
    return true;
  }
  const { first } = contentChunks(index, content);
  const { name } = shapeOf(index, content);
  await settleAll(index, content, chunks, opened);
  options.signal?.throwIfAborted();
  // No await between looking for flights and beginning some: a chunk must not be begun twice.
  const missing = takeVerified(fetching.context, content, chunks, opened);
  const joined = new Set<SharedTask<void>>();
  const unclaimed = missing.filter((chunk) => {
    const flight = flights.find(name, chunk - first);
    if (flight) joined.add(flight);
    return !flight;
  });
  const own = launch(fetching, content, unclaimed);
  if (unclaimed.length > 0) readAhead(fetching, content, chunks, opened);
  const others = Promise.allSettled([...joined].map((task) => task.wait(options)));
  await Promise.all(own.map((task) => task.wait(options)));
  await others;
  return takeVerified(fetching.context, content, missing, opened).length === 0;
}

async function settleAll(
  index: LayerIndex,
  content: number,
  chunks: readonly number[],
  opened: OpenContent,
): Promise<void> {
  const { first } = contentChunks(index, content);
  for (const chunk of chunks) {
    if (opened.uncertain(chunk - first)) await settleUncertain(index, opened, chunk, first);
  }
}

/** Marks chunks that the store has verified, for whomever, and gives back the others. */
function takeVerified(
  { index, presence }: FetchContext,
  content: number,
  chunks: readonly number[],
  opened: OpenContent,
): readonly number[] {
  const { first } = contentChunks(index, content);
  return chunks.filter((chunk) => {
    if (opened.verified(chunk - first)) presence.add(chunk);
    return !opened.verified(chunk - first);
  });
}

/** Begins to fetch chunks that nobody is fetching. */
function launch(
  { context, closing }: Fetching,
  content: number,
  chunks: readonly number[],
): readonly SharedTask<void>[] {
  const { index, flights } = context;
  const { first } = contentChunks(index, content);
  const { name } = shapeOf(index, content);
  return groupChunks(index, chunks, groupLimits).map((group) => {
    const task = createSharedTask((signal) =>
      fetchGroup(context, content, group, AbortSignal.any([signal, closing])),
    );
    for (const chunk of group.chunks) flights.begin(name, chunk - first, task);
    return task;
  });
}

/** Begins to fetch what follows, if what comes before was read too. Nobody waits for it; errors come up later. */
function readAhead(
  fetching: Fetching,
  content: number,
  chunks: readonly number[],
  opened: OpenContent,
): void {
  const { index, presence, flights } = fetching.context;
  const { first, end } = contentChunks(index, content);
  const { name } = shapeOf(index, content);
  if (chunks[0] === first || !presence.has(chunks[0]! - 1)) return;
  const ahead: number[] = [];
  let bytes = 0;
  for (let chunk = chunks.at(-1)! + 1; chunk < end && bytes < readAheadBytes; chunk++) {
    const at = chunk - first;
    bytes += chunkRange(index, chunk).length;
    if (opened.verified(at) || opened.uncertain(at) || flights.find(name, at)) continue;
    ahead.push(chunk);
  }
  launch(fetching, content, ahead);
}

function chunksCovering(
  index: LayerIndex,
  content: number,
  offset: number,
  length: number,
): readonly number[] {
  const from = chunkAt(index, content, offset);
  const to = chunkAt(index, content, offset + Math.max(length, 1) - 1);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}
