import { chunkSize } from '@sluice/layer';
import { createArrival } from './arrival.ts';
import type { ChunkGroup } from './chunk-group.ts';
import type { FetchContext } from './fetch-context.ts';
import type { FetchPriority } from './fetch-priority.ts';
import type { FlightProgress } from './range-flight.ts';
import { readRange } from './read-range.ts';
import { storeChunk } from './store-chunk.ts';

/** Chunks of one range that are decompressed and written at one time: there are four threads for that. */
const chunksAtOnce = 6;

export interface RangeWork {
  readonly priority: FetchPriority;
  readonly progress: FlightProgress;
  readonly signal: AbortSignal;
}

/**
 * Fetches the chunks of one group with one request when it is their turn, and verifies and stores each as soon as
 * its bytes are here.
 *
 * @throws LayerError CORRUPT if a chunk is corrupt, twice; then the others are there all the same
 */
export async function fetchRange(context: FetchContext, group: ChunkGroup, work: RangeWork): Promise<void> {
  const { progress, priority } = work;
  const bytes = group.length + decodedBytes(context, group);
  using ticket = context.scheduler.request({ priority, bytes, signal: work.signal });
  progress.onHasten(ticket.hasten);
  await ticket.granted;
  const over = new AbortController();
  const signal = AbortSignal.any([work.signal, ticket.preempted, over.signal]);
  const arrival = createArrival();
  const onBytes = (buffer: Uint8Array, filled: number) => {
    arrival.update(buffer, filled);
    progress.arrived(filled);
  };
  const reading = readRange(context, group, { signal, onBytes })
    .then((whole) => onBytes(whole, whole.length))
    .catch(arrival.fail);
  const left = group.chunks.keys();
  const failures: unknown[] = [];
  const storeNext = async () => {
    for (const at of left) {
      try {
        const isAwaited = () => progress.isAwaited(group.chunks[at]!);
        await storeChunk(context, { group, at, arrival, isAwaited, signal });
        progress.stored(group.chunks[at]!);
      } catch (error) {
        failures.push(error);
        if (signal.aborted) return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(chunksAtOnce, group.chunks.length) }, storeNext));
  if (failures.length > 0) over.abort();
  await reading;
  if (failures.length > 0) throw failures[0];
}

/** Bytes that decoding holds at one time, at most. */
function decodedBytes({ index }: FetchContext, { chunks }: ChunkGroup): number {
  const sizes = chunks.map((chunk) => index.chunks.innerOffset[chunk]! + chunkSize(index, chunk));
  return Math.min(
    sizes.reduce((sum, size) => sum + size, 0),
    chunksAtOnce * Math.max(...sizes),
  );
}
