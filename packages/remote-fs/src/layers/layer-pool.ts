import type { CallOptions } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import type { LayerLease, OpenLayer } from './open-layer.ts';

/**
 * The layers in use. A layer is opened once for all who use it at one time, and shares with them its index, the
 * record of what is here, and its fetches.
 */
export interface LayerPool extends Disposable {
  /**
   * Opens a layer: from the saved index where there is one, else from the registry; then the index is saved.
   *
   * @throws NotLazyError, LayerError, RegistryError, the errors of the file system; the signal's reason
   */
  acquire(source: LayerSource, options?: CallOptions): Promise<LayerLease>;

  /**
   * Opens the other layers of that image in the background, all at one time, and keeps them for a while, so that they are
   * here when they are asked for. Once an image, and without a word if it fails.
   *
   * @param onOpened called for each when it is open
   */
  anticipate(source: LayerSource, onOpened?: (source: LayerSource, layer: OpenLayer) => void): void;

  /** Forgets that the contents with these names are here, in all open layers. */
  forget(names: readonly Uint8Array[]): void;

  /** The layers that are open now. */
  open(): readonly OpenLayer[];
}
