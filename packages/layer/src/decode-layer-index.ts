import { checkLayerIndex } from './check-layer-index.ts';
import { indexChecksum } from './encode-layer-index.ts';
import { checksumAt, openIndex } from './index-layout.ts';
import { LayerError } from './layer-error.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * Reads what `encodeLayerIndex` gave. Bytes that fill a SharedArrayBuffer become the index as they are, and must not be
 * changed any more; others are copied into one.
 *
 * @throws LayerError CORRUPT if they were damaged, cut short or written by another version
 */
export function decodeLayerIndex(bytes: Uint8Array): LayerIndex {
  const buffer = sharedBufferOf(bytes);
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

function sharedBufferOf(bytes: Uint8Array): SharedArrayBuffer {
  const { buffer } = bytes;
  if (buffer instanceof SharedArrayBuffer && buffer.byteLength === bytes.byteLength) return buffer;
  const copy = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
}
