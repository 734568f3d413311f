import { checkLayerIndex } from './check-layer-index.ts';
import { indexChecksum } from './encode-layer-index.ts';
import { checksumAt, openIndex } from './index-layout.ts';
import { LayerError } from './layer-error.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * Reads what `encodeLayerIndex` gave. The bytes are copied into shared memory.
 *
 * @throws LayerError CORRUPT if they were damaged, cut short or written by another version
 */
export function decodeLayerIndex(bytes: Uint8Array): LayerIndex {
  const buffer = new SharedArrayBuffer(bytes.length);
  const copy = new Uint8Array(buffer);
  copy.set(bytes);
  const index = openIndex(buffer);
  if (!Buffer.from(buffer, checksumAt, 32).equals(indexChecksum(copy))) {
    throw new LayerError(
      'CORRUPT',
      'saved layer index has a wrong checksum: delete it, and it is made again',
    );
  }
  checkLayerIndex(index);
  return index;
}
