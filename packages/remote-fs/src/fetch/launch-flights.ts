import { contentChunks, contentOfChunk } from '@sluice/layer';
import type { ChunkFlight } from './chunk-flights.ts';
import { type FetchContext, nameOf } from './fetch-context.ts';
import type { FetchPriority } from './fetch-priority.ts';
import { fetchRange } from './fetch-range.ts';
import { type GroupLimits, groupChunks } from './group-chunks.ts';
import { createRangeFlight, type RangeFlight } from './range-flight.ts';

const ofUnasked: GroupLimits = { maxRangeBytes: 1024 * 1024, maxGapBytes: 128 * 1024, maxGapShare: 0.08 };

/**
 * A long range costs fewer requests, but a reader who joins it waits longer, and so does one who preempts it. A gap is
 * closed where a request of its own would cost the two ends more: of what nobody waits for only as far as it adds
 * little to the bytes.
 */
const limitsOf: Readonly<Record<FetchPriority, GroupLimits>> = {
  demand: { maxRangeBytes: 2 * 1024 * 1024, maxGapBytes: 12 * 1024 },
  planned: ofUnasked,
  hinted: { maxRangeBytes: 128 * 1024, maxGapBytes: 12 * 1024, maxGapShare: 0.15 },
  ahead: ofUnasked,
  background: { maxRangeBytes: 2 * 1024 * 1024, maxGapBytes: 64 * 1024, maxGapShare: 0.02 },
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
  return groupChunks(index, chunks, limitsOf[priority]).map((group) => {
    const flight: RangeFlight = createRangeFlight(group, priority, (progress, abandoned) => {
      const signal = AbortSignal.any([abandoned, options.signal]);
      const isLeft = (chunk: number) => findFlight(context, chunk)?.flight === flight;
      return fetchRange(context, group, { priority, progress, signal, isLeft });
    });
    for (const chunk of group.chunks) {
      const content = contentOfChunk(index, chunk);
      const { first } = contentChunks(index, content);
      flights.begin(nameOf(index, content), chunk - first, { flight, chunk });
    }
    return flight;
  });
}
