import { contentOfChunk } from '@sluice/layer';
import { type FetchContext, shapeOf } from './fetch-context.ts';
import type { FetchPriority } from './fetch-priority.ts';
import { findFlight, launchFlights } from './launch-flights.ts';
import { settleChunks } from './settle-chunks.ts';

/** Contents that are looked up in the store at one time. */
const lookedUpAtOnce = 32;

/** Brings what nobody waits for. See LayerFetcher.bring. */
export async function bringAhead(
  context: FetchContext,
  chunks: readonly number[],
  options: { readonly priority: FetchPriority; readonly signal: AbortSignal },
): Promise<{ readonly failed: number }> {
  const { presence, store } = context;
  const { signal } = options;
  // It would be fetched for nothing.
  if (store.problem() !== undefined) return { failed: chunks.length };
  const missing: number[] = [];
  for (const batch of batches(byContent(context, chunks))) {
    signal.throwIfAborted();
    const left = await Promise.all(batch.map(([content, own]) => missingOf(context, content, own)));
    missing.push(...left.flat());
  }
  signal.throwIfAborted();
  // No await from here to the launch: a chunk must not be begun twice.
  const unclaimed = missing.filter((chunk) => !presence.has(chunk) && !findFlight(context, chunk));
  const flights = launchFlights(context, unclaimed, options);
  await Promise.all(flights.map((flight) => flight.settled));
  signal.throwIfAborted();
  return { failed: unclaimed.filter((chunk) => !presence.has(chunk)).length };
}

/** What is not marked as present, with its content. */
function byContent({ index, presence }: FetchContext, chunks: readonly number[]): [number, number[]][] {
  const contents = new Map<number, number[]>();
  for (const chunk of chunks) {
    if (presence.has(chunk)) continue;
    const content = contentOfChunk(index, chunk);
    const own = contents.get(content);
    if (own) own.push(chunk);
    else contents.set(content, [chunk]);
  }
  return [...contents];
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += lookedUpAtOnce) yield items.slice(at, at + lookedUpAtOnce);
}

async function missingOf(
  context: FetchContext,
  content: number,
  chunks: readonly number[],
): Promise<readonly number[]> {
  await using opened = await context.store.open(shapeOf(context.index, content));
  return await settleChunks(context, { content, chunks, opened });
}
