import type { FuseSource } from '@sluice/fuse';
import type { LayerIndex } from '@sluice/layer';
import type { PresentBytes } from '../fetch/presence.ts';

/** A layer that is known inside and out and can be served, whether or not any of its contents are here. */
export interface OpenLayer {
  readonly digest: string;
  readonly index: LayerIndex;
  /** What a FUSE driver needs to serve it; any number of mounts may share it. */
  readonly source: FuseSource;
  /**
   * Begins to fetch what nobody has asked for yet: at once what the image's builder wants fetched first, and, when it
   * is quiet, the rest; as far as the pool is to do that. Ends with the last lease. Once is enough.
   */
  begin(): void;
  /** Uncompressed bytes of all its contents. */
  readonly totalBytes: number;
  /** What of it is on this machine. Counts every time. */
  present(): PresentBytes;
}

/** The right to use a layer; it stays open until all of its leases are disposed. */
export interface LayerLease extends Disposable {
  readonly layer: OpenLayer;
}
