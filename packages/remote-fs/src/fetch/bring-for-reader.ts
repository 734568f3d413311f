import { chunkRange, contentChunks } from '@sluice/layer';
import type { CallOptions } from '@sluice/snapshotter-core';
import type { OpenContent } from '../content-store/open-content.ts';
import type { ChunkFlight } from './chunk-flights.ts';
import { type FetchContext, shapeOf } from './fetch-context.ts';
import { joinBytes } from './join-bytes.ts';
import { findFlight, launchFlights } from './launch-flights.ts';
import type { RangeFlight } from './range-flight.ts';
import type { ReadAhead } from './read-ahead.ts';
import { recallUnstored } from './recall-unstored.ts';
import { settleChunks } from './settle-chunks.ts';

/** Each round can only be spoilt by somebody else's flight that fails; then the next round fetches for itself. */
const maxRounds = 8;
/**
 * A reader joins a flight that is under way if so many bytes or fewer have to come before its own: to fetch those once
 * more takes a round trip, and a share of the same link. Else it fetches for itself.
 */
const patienceBytes = 1024 * 1024;
/** One that waits for its turn is hastened if it is so short, or else goes without what the reader takes for itself. */
const shortBytes = 256 * 1024;

export interface ReaderWork {
  readonly context: FetchContext;
  readonly readAhead: ReadAhead;
  readonly closing: AbortSignal;
  /** Begins to bring what nobody waits for. */
  bringSoon(chunks: readonly number[]): void;
}

/** Bytes of one content, and the chunks that cover them. */
export interface Wanted {
  readonly content: number;
  readonly chunks: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/**
 * Brings what a reader waits for. See LayerFetcher.fill.
 *
 * @param wanted.asBytes return the bytes, whether or not the disk takes them
 * @returns the bytes, where the disk does not take all of them
 */
export async function bringForReader(
  work: ReaderWork,
  wanted: Wanted & { readonly asBytes: boolean },
  call: CallOptions,
): Promise<Uint8Array | undefined> {
  for (let round = 0; round < maxRounds; round++) {
    await using opened = await work.context.store.open(shapeOf(work.context.index, wanted.content));
    const unstored = await advance(work, { ...wanted, opened }, call);
    if (unstored?.size === 0 && !wanted.asBytes) return undefined;
    const bytes = unstored && (await joinBytes(work.context, { ...wanted, opened, unstored }));
    if (bytes) return bytes;
    call.signal?.throwIfAborted();
  }
  const { layerDigest } = work.context;
  throw new Error(`content ${wanted.content} of layer ${layerDigest} does not settle`);
}

/**
 * Marks what the store has of the chunks, joins those who fetch some of them already, and fetches the rest.
 * A joined flight that fails is not reported: the chunks are missing still, and the next round sees to them.
 *
 * The store is asked even for chunks that are marked as present: the reader may know better, because somebody
 * has removed a file.
 *
 * @returns undefined if a chunk is still missing, or else those that the disk does not take
 */
async function advance(
  work: ReaderWork,
  { content, chunks, opened }: Wanted & { readonly opened: OpenContent },
  call: CallOptions,
): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
  const { context } = work;
  const notStored = await settleChunks(context, { content, chunks, opened });
  call.signal?.throwIfAborted();
  const unstored = await recallUnstored(context, { content, chunks: notStored, opened });
  const { first } = contentChunks(context.index, content);
  const missing = notStored.filter((chunk) => !unstored.has(chunk) && !opened.verified(chunk - first));
  if (missing.length === 0) return unstored;
  // No await between looking for flights and launching some: a chunk must not be begun twice.
  const joined = new Map<number, ChunkFlight>();
  for (const chunk of missing) {
    const found = findFlight(context, chunk);
    if (found && comesSoon(context, found, chunk)) joined.set(chunk, found);
  }
  const unclaimed = missing.filter((chunk) => !joined.has(chunk));
  for (const { flight } of joined.values()) flight.hasten();
  const own = launchWithNeighbours(work, unclaimed);
  using _reader = context.scheduler.readerWaits();
  const take = async (chunk: number, arriving: Promise<Uint8Array | undefined>) => {
    const bytes = await arriving;
    if (bytes) unstored.set(chunk, bytes);
  };
  const others = [...joined].map(([own, { flight, chunk }]) => take(own, flight.wait(chunk, call)));
  const settled = Promise.allSettled(others);
  await Promise.all(unclaimed.map((chunk) => take(chunk, flightOf(own, chunk).wait(chunk, call))));
  await settled;
  const left = await settleChunks(context, { content, chunks: missing, opened });
  return left.every((chunk) => unstored.has(chunk)) ? unstored : undefined;
}

function comesSoon({ index }: FetchContext, { flight, chunk }: ChunkFlight, own: number): boolean {
  const patience = flight.begun ? patienceBytes : shortBytes;
  return flight.bytesUntil(chunk) <= patience + chunkRange(index, own).length;
}

/** Fetches chunks with those near them that are not here, and begins to fetch what may be wanted next. */
function launchWithNeighbours(work: ReaderWork, chunks: readonly number[]): readonly RangeFlight[] {
  if (chunks.length === 0) return [];
  const { context, readAhead, closing } = work;
  const plans = chunks.map((chunk) => readAhead.plan(chunk));
  const near = plans
    .flatMap((plan) => plan.near)
    .filter((chunk) => !context.presence.has(chunk) && !findFlight(context, chunk));
  const flights = launchFlights(context, [...new Set([...chunks, ...near])], {
    priority: 'demand',
    signal: closing,
  });
  const ahead = plans.flatMap((plan) => plan.ahead);
  if (ahead.length > 0) work.bringSoon(ahead);
  return flights;
}

function flightOf(flights: readonly RangeFlight[], chunk: number): RangeFlight {
  return flights.find(({ group }) => group.chunks.includes(chunk))!;
}
