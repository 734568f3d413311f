import { hash, randomFillSync } from 'node:crypto';

/** What a content is known by: the chunks that it is made of. */
export interface ChunkList {
  readonly sizeBytes: number;
  readonly contentOffsets: Float64Array;
  /** 32 bytes a chunk: sha256. */
  readonly digests: Uint8Array;
}

/**
 * The 32-byte name of a content (see ContentColumns.digest). A content of one chunk is named by the chunk's own
 * digest. Of several, by the hash of
 * ```
 *   "sluice chunk list 1\n" | f64 size | count x ( f64 contentOffset | 32 B sha256 )      (little endian)
 * ```
 * (May be a view of `chunks.digests`.) SHA-512/256 on purpose: under sha256, a file whose bytes are such a list would have the name of the content
 * that the list describes.
 */
export function contentKey(chunks: ChunkList): Uint8Array {
  const count = chunks.contentOffsets.length;
  if (count === 1) return chunks.digests.subarray(0, 32);
  const title = Buffer.from('sluice chunk list 1\n');
  const list = Buffer.alloc(title.length + 8 + count * 40);
  title.copy(list);
  let at = list.writeDoubleLE(chunks.sizeBytes, title.length);
  for (let i = 0; i < count; i++) {
    at = list.writeDoubleLE(chunks.contentOffsets[i]!, at);
    list.set(chunks.digests.subarray(i * 32, i * 32 + 32), at);
    at += 32;
  }
  return hash('sha512-256', list, 'buffer');
}

/** A name that no other content has, for bytes that nothing vouches for. */
export function unsharedKey(): Uint8Array {
  return randomFillSync(new Uint8Array(32));
}
