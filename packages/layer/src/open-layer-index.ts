import { checkLayerIndex } from './check-layer-index.ts';
import { indexChecksum } from './encode-layer-index.ts';
import { checksumAt, openIndex } from './index-layout.ts';
import { LayerError } from './layer-error.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * The index in a buffer that holds what `encodeLayerIndex` gave, without a copy: a mapped file is one that takes no
 * memory but for the parts that are looked at. The buffer is read only, here and later, and must not change any more.
 *
 * @throws LayerError CORRUPT if the bytes were damaged, cut short or written by another version
 */
export function openLayerIndex(buffer: ArrayBufferLike): LayerIndex {
  const index = openIndex(buffer);
  if (!Buffer.from(buffer, checksumAt, 32).equals(indexChecksum(new Uint8Array(buffer)))) {
    throw new LayerError(
      'CORRUPT',
      'saved layer index has a wrong checksum: delete it, and it is made again',
    );
  }
  checkLayerIndex(index);
  return index;
}
