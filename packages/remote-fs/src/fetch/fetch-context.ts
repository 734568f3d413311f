import type { BlobReader, LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import type { ContentShape, ContentStore } from '../content-store/content-store.ts';
import type { RemoteFsMetrics } from '../remote-fs-metrics.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ChunkFlights } from './chunk-flights.ts';
import type { Presence } from './presence.ts';

/** What fetching the chunks of one layer takes. */
export interface FetchContext {
  readonly layerDigest: string;
  readonly index: LayerIndex;
  readonly blob: BlobReader;
  readonly presence: Presence;
  readonly store: ContentStore;
  /** Shared by all layers on `store`. */
  readonly flights: ChunkFlights;
  /** Bounds the compressed and decompressed bytes in memory, of all layers. */
  readonly budget: ByteBudget;
  readonly logger: Logger;
  readonly metrics: RemoteFsMetrics;
}

/** A content of the layer as the store knows it. */
export function shapeOf(index: LayerIndex, content: number): ContentShape {
  return {
    name: index.contents.digest.slice(content * 32, content * 32 + 32),
    sizeBytes: index.contents.size[content]!,
    chunkCount: index.contents.chunkCount[content]!,
  };
}
