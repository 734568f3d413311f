import { setImmediate as otherEvents } from 'node:timers/promises';
import type { LayerIndex } from '@sluice/layer';

/** A content as the index of a layer describes it. */
export interface DescribedContent {
  readonly index: LayerIndex;
  /** Its number there. */
  readonly content: number;
}

const contentsBetweenYields = 50_000;

/**
 * Looks for contents in the indexes of all layers.
 *
 * @param names in hex
 * @param kind `several` for those of several chunks alone: quick, for they are few. The others are named by the digest of
 *   their bytes, and need no description to be verified by
 */
export async function describeContents(
  indexes: () => AsyncIterable<LayerIndex>,
  names: ReadonlySet<string>,
  { kind, signal }: { readonly kind: 'several' | 'any'; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, DescribedContent>> {
  const found = new Map<string, DescribedContent>();
  if (names.size === 0) return found;
  for await (const index of indexes()) {
    const { digest, chunkCount } = index.contents;
    const digests = Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength);
    for (let content = 0; content < index.contentCount; content++) {
      if (content % contentsBetweenYields === 0) await otherEvents(undefined, { signal });
      if (kind === 'several' && chunkCount[content] === 1) continue;
      const name = digests.toString('hex', content * 32, content * 32 + 32);
      if (names.has(name)) found.set(name, { index, content });
    }
    if (found.size === names.size) break;
  }
  return found;
}
