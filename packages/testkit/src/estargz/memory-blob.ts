import type { BlobReader } from '@sluice/layer';

/** A blob in memory that notes what was read of it. */
export interface MemoryBlob extends BlobReader {
  readonly reads: { readonly offset: number; readonly length: number }[];
}

export function createMemoryBlob(bytes: Uint8Array): MemoryBlob {
  const reads: { offset: number; length: number }[] = [];
  return {
    size: bytes.length,
    reads,
    async read(offset, length, options) {
      options?.signal?.throwIfAborted();
      if (offset < 0 || length < 0 || offset + length > bytes.length) {
        throw new RangeError(`read of ${length} bytes at ${offset} from a blob of ${bytes.length}`);
      }
      reads.push({ offset, length });
      return bytes.slice(offset, offset + length);
    },
  };
}
