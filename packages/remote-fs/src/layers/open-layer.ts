import type { FuseSource } from '@sluice/fuse';
import type { LayerIndex } from '@sluice/layer';
import type { PresentBytes } from '../fetch/presence.ts';
import type { HintedLayer } from '../hints/hinted-layer.ts';
import type { BlobRange } from '../profiles/profile.ts';

/** A layer that is known inside and out and can be served, whether or not any of its contents are here. */
export interface OpenLayer {
  readonly digest: string;
  readonly index: LayerIndex;
  /** Resolves when another process would find the index: see `SavedIndex`. */
  readonly durable: Promise<void>;
  /** What a FUSE driver needs to serve it; any number of mounts may share it. */
  readonly source: FuseSource;
  /**
   * Begins to fetch what nobody has asked for yet: at once what the image's builder wants fetched first, and, when it
   * is quiet, the rest; as far as the pool is to do that. Ends with the last lease. Once is enough.
   */
  begin(): void;
  /** Begins to fetch ranges of the blob, in that order, as a start of the image is known to read them. */
  bringRanges(ranges: readonly BlobRange[]): void;
  /** What hints of its files see of it. */
  readonly hinted: HintedLayer;
  /** Which of its chunks were asked for, and in which order: see `ContentTable.reads` of `@sluice/fuse`. */
  readonly reads: Int32Array;
  /** Uncompressed bytes of all its contents. */
  readonly totalBytes: number;
  /** What of it is on this machine. Counts every time. */
  present(): PresentBytes;
}

/** The right to use a layer; it stays open until all of its leases are disposed. */
export interface LayerLease extends Disposable {
  readonly layer: OpenLayer;
}
