import { createHash } from 'node:crypto';
import { checksumAt, headerBytes } from './index-layout.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * The index as bytes for a file (layout: index-layout.ts); `decodeLayerIndex` reads them back. Stamps the
 * checksum into the index's buffer, where it is not there yet, and gives a view of it, not a copy.
 */
export function encodeLayerIndex(index: LayerIndex): Uint8Array {
  const bytes = new Uint8Array(index.buffer);
  const checksum = indexChecksum(bytes);
  // What was opened from a file has it, and may not be written to.
  if (!checksum.equals(bytes.subarray(checksumAt, headerBytes))) bytes.set(checksum, checksumAt);
  return bytes;
}

/** sha256 of everything in an encoded index but the checksum itself. */
export function indexChecksum(bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(bytes.subarray(0, checksumAt))
    .update(bytes.subarray(headerBytes))
    .digest();
}
