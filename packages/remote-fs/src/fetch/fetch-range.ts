import { setImmediate as otherEvents } from 'node:timers/promises';
import { chunkSize } from '@sluice/layer';
import { createArrival } from './arrival.ts';
import type { ChunkGroup } from './chunk-group.ts';
import type { FetchContext } from './fetch-context.ts';
import type { FetchPriority } from './fetch-priority.ts';
import type { FlightProgress } from './range-flight.ts';
import { readRange } from './read-range.ts';
import { storeChunk } from './store-chunk.ts';
import { trimGroup } from './trim-group.ts';

/** Chunks of one range that are decompressed and written at one time: there are four threads for that. */
const chunksAtOnce = 6;

export interface RangeWork {
  readonly priority: FetchPriority;
  readonly progress: FlightProgress;
  readonly signal: AbortSignal;
  /** Whether a chunk is still to be fetched by this flight: a reader may have been faster while it waited for its turn. */
  isLeft(chunk: number): boolean;
}

/**
 * Fetches the chunks of one group with one request when it is their turn, and verifies and stores each as soon as
 * its bytes are here.
 *
 * @throws LayerError CORRUPT if a chunk is corrupt, twice; then the others are there all the same
 */
export async function fetchRange(context: FetchContext, planned: ChunkGroup, work: RangeWork): Promise<void> {
  const { progress, priority } = work;
  const bytes = planned.length + decodedBytes(context, planned);
  const linkBytes = planned.length;
  using ticket = context.scheduler.request({ priority, bytes, linkBytes, signal: work.signal });
  progress.onHasten(ticket.hasten);
  await ticket.granted;
  const group = trimGroup(planned, work.isLeft);
  if (!group) return;
  const before = group.offset - planned.offset;
  progress.arrived(before);
  const over = new AbortController();
  const signal = AbortSignal.any([work.signal, ticket.preempted, over.signal]);
  const arrival = createArrival();
  const onBytes = (buffer: Uint8Array, filled: number) => {
    arrival.update(buffer, filled);
    progress.arrived(before + filled);
  };
  const reading = readRange(context, group, { signal, onBytes })
    .then((whole) => onBytes(whole, whole.length))
    .catch(arrival.fail);
  const left = new Set(group.chunks.keys());
  const failures: unknown[] = [];
  const isAwaited = (at: number) => progress.isAwaited(group.chunks[at]!);
  /** Of what is here, what somebody waits for comes first. */
  const next = (): number => {
    const here = [...left].filter((at) => group.ends[at]! <= arrival.filled);
    return here.find(isAwaited) ?? here[0] ?? left.values().next().value!;
  };
  const storeNext = async () => {
    while (left.size > 0) {
      await arrival.arrived(group.ends[left.values().next().value!]!);
      if (left.size === 0) return;
      const at = next();
      left.delete(at);
      try {
        const arriving = { group, at, arrival, isAwaited: () => isAwaited(at), signal };
        progress.stored(group.chunks[at]!, await storeChunk(context, arriving));
      } catch (error) {
        failures.push(error);
        if (signal.aborted) return;
      }
      if (!isAwaited(at)) await otherEvents();
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
