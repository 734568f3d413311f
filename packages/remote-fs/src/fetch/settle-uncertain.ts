import { hash } from 'node:crypto';
import { chunkSize, type LayerIndex } from '@sluice/layer';
import type { OpenContent } from '../content-store/open-content.ts';

/**
 * Looks whether bytes that an earlier process left in the file are the chunk; without a digest to tell, they
 * are not.
 *
 * @param first the number of the content's first chunk
 */
export async function settleUncertain(
  index: LayerIndex,
  content: OpenContent,
  chunk: number,
  first: number,
): Promise<void> {
  const expected = index.chunks.digest.subarray(chunk * 32, chunk * 32 + 32);
  const size = chunkSize(index, chunk);
  const bytes = await content.read(index.chunks.contentOffset[chunk]!, size);
  // A fetch may have settled it in the meantime; its word is the later one.
  if (!content.uncertain(chunk - first)) return;
  const verifiable = expected.some((byte) => byte !== 0);
  const good = verifiable && bytes.length === size && hash('sha256', bytes, 'buffer').equals(expected);
  content.settle(chunk - first, good);
}
