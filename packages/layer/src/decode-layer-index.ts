import type { LayerIndex } from './layer-index.ts';
import { openLayerIndex } from './open-layer-index.ts';

/**
 * Reads what `encodeLayerIndex` gave, into shared memory of its own.
 *
 * @throws LayerError CORRUPT if the bytes were damaged, cut short or written by another version
 */
export function decodeLayerIndex(bytes: Uint8Array): LayerIndex {
  const buffer = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return openLayerIndex(buffer);
}
