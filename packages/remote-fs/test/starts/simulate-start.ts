import { type BlobReader, chunkRange, contentOfChunk, type LayerIndex } from '@sluice/layer';
import { createContentStore } from '../../src/content-store/create-content-store.ts';
import { createChunkFlights } from '../../src/fetch/chunk-flights.ts';
import { createEagerFetch } from '../../src/fetch/create-eager-fetch.ts';
import { createFetchScheduler } from '../../src/fetch/create-fetch-scheduler.ts';
import { createLayerFetcher } from '../../src/fetch/create-layer-fetcher.ts';
import { createPresence } from '../../src/fetch/presence.ts';
import type { BlobRange } from '../../src/profiles/profile.ts';
import { makeTemporaryDirectory } from '../test-layer.ts';
import { createSimulatedLink, type LinkOptions } from './simulated-link.ts';

/** A start, as far as it concerns who fetches. */
export interface Start {
  readonly index: LayerIndex;
  readonly blob: BlobReader;
  /** Chunks in the order in which they are read, one after another. */
  readonly reads: readonly number[];
  /** How long the start takes where all is local; spread evenly between the reads. */
  readonly localMs: number;
}

export interface StartFigures {
  readonly requests: number;
  readonly bytes: number;
  /** Compressed bytes of the chunks that were read. */
  readonly neededBytes: number;
  readonly ms: number;
  /** The needed bytes over the link, one round trip, and the local start, one after the other. */
  readonly floorMs: number;
  /** Bytes that had come when the first read was answered. */
  readonly firstReadBytes: number;
}

/** Runs a start over a link, on an empty store. */
export async function simulateStart(
  { index, blob, reads, localMs }: Start,
  { link: linkOptions, profile }: { readonly link: LinkOptions; readonly profile?: readonly BlobRange[] },
): Promise<StartFigures> {
  await using directory = await makeTemporaryDirectory();
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await using store = createContentStore({ logger }, { directory: directory.path });
  using scheduler = createFetchScheduler();
  const link = createSimulatedLink(blob, linkOptions);
  const presence = createPresence(index);
  const read = new Set<number>();
  const context = {
    wasRead: (chunk: number) => read.has(chunk),
    layerDigest: 'sha256:0',
    index,
    blob: link,
    presence,
    store,
    flights: createChunkFlights(),
    scheduler,
    logger,
    metrics: { readMissed() {}, rangeFetched() {}, contentUnstored() {} },
  };
  using fetcher = createLayerFetcher(context);
  const eagerDeps = { logger, prefetch: false };
  using eager = createEagerFetch(eagerDeps, { layerDigest: context.layerDigest, index, fetcher });
  const began = performance.now();
  if (profile) eager.bringRanges(profile);
  let idleMs = 0;
  let firstReadBytes: number | undefined;
  for (const chunk of reads) {
    read.add(chunk);
    idleMs = await think(idleMs + localMs / reads.length);
    if (!presence.has(chunk)) {
      const { contentOffset } = index.chunks;
      await fetcher.fill(contentOfChunk(index, chunk), contentOffset[chunk]!, 1);
    }
    firstReadBytes ??= link.bytes;
  }
  const ms = performance.now() - began;
  const needed = new Set(reads);
  const neededBytes = [...needed].reduce((sum, chunk) => sum + chunkRange(index, chunk).length, 0);
  return {
    requests: link.requests,
    bytes: link.bytes,
    neededBytes,
    ms,
    floorMs: (neededBytes / linkOptions.bytesPerSecond) * 1000 + linkOptions.roundTripMs + localMs,
    firstReadBytes: firstReadBytes ?? 0,
  };
}

/** Timers are exact to a millisecond: waits once it is worth it. @returns what it has not waited for */
async function think(ms: number): Promise<number> {
  if (ms < 3) return ms;
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms - (performance.now() - from);
}
