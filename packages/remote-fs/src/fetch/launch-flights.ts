import { contentChunks, contentOfChunk } from '@sluice/layer';
import type { ChunkFlight } from './chunk-flights.ts';
import { type FetchContext, nameOf } from './fetch-context.ts';
import type { FetchPriority } from './fetch-priority.ts';
import { fetchRange } from './fetch-range.ts';
import { groupChunks } from './group-chunks.ts';
import { createRangeFlight, type RangeFlight } from './range-flight.ts';

const maxGapBytes = 64 * 1024;
/** A long range costs fewer requests, but a reader who joins it waits longer, and so does one who preempts it. */
const maxRangeBytes: Readonly<Record<FetchPriority, number>> = {
  demand: 8 * 1024 * 1024,
  ahead: 4 * 1024 * 1024,
  background: 2 * 1024 * 1024,
};

/** The flight that brings a chunk of this layer, whichever layer it was begun for. */
export function findFlight({ index, flights }: FetchContext, chunk: number): ChunkFlight | undefined {
  const content = contentOfChunk(index, chunk);
  return flights.find(nameOf(index, content), chunk - contentChunks(index, content).first);
}

/** Begins to fetch chunks; whoever looks for a flight of one of them finds it from now on. */
export function launchFlights(
  context: FetchContext,
  chunks: readonly number[],
  options: { readonly priority: FetchPriority; readonly signal: AbortSignal },
): readonly RangeFlight[] {
  const { index, flights } = context;
  const { priority } = options;
  const limits = { maxRangeBytes: maxRangeBytes[priority], maxGapBytes };
  return groupChunks(index, chunks, limits).map((group) => {
    const flight = createRangeFlight(group, priority, (progress, abandoned) => {
      const signal = AbortSignal.any([abandoned, options.signal]);
      return fetchRange(context, group, { priority, progress, signal });
    });
    for (const chunk of group.chunks) {
      const content = contentOfChunk(index, chunk);
      const { first } = contentChunks(index, content);
      flights.begin(nameOf(index, content), chunk - first, { flight, chunk });
    }
    return flight;
  });
}
