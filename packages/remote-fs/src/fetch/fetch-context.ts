import type { BlobReader, LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import type { ContentShape, ContentStore } from '../content-store/content-store.ts';
import type { RemoteFsMetrics } from '../remote-fs-metrics.ts';
import type { ChunkFlights } from './chunk-flights.ts';
import type { FetchScheduler } from './fetch-scheduler.ts';
import type { Presence } from './presence.ts';

/** What fetching the chunks of one layer takes. */
export interface FetchContext {
  readonly layerDigest: string;
  readonly index: LayerIndex;
  readonly blob: BlobReader;
  readonly presence: Presence;
  /** Whether a chunk was asked for since the layer was opened, where that is known. */
  readonly wasRead?: ((chunk: number) => boolean) | undefined;
  /** Is told of the bytes of every chunk that has come and is right, which may not be changed. Must not throw. */
  readonly decoded?: ((chunk: number, bytes: Uint8Array) => void) | undefined;
  readonly store: ContentStore;
  /** Shared by all layers on `store`. */
  readonly flights: ChunkFlights;
  /** Shared by all layers. */
  readonly scheduler: FetchScheduler;
  readonly logger: Logger;
  readonly metrics: RemoteFsMetrics;
}

/** A content of the layer as the store knows it. */
export function shapeOf(index: LayerIndex, content: number): ContentShape {
  return {
    name: nameOf(index, content),
    sizeBytes: index.contents.size[content]!,
    chunkCount: index.contents.chunkCount[content]!,
  };
}

/** The name of a content, 32 bytes of their own. */
export function nameOf(index: LayerIndex, content: number): Uint8Array {
  return index.contents.digest.slice(content * 32, content * 32 + 32);
}
