import { chunkSize } from '@sluice/layer';
import type { OpenContent } from '../content-store/open-content.ts';
import type { FetchContext } from './fetch-context.ts';

export interface JoinedBytes {
  readonly content: number;
  readonly offset: number;
  readonly length: number;
  /** The chunks that cover those bytes. */
  readonly chunks: readonly number[];
  readonly opened: OpenContent;
  /** Those of them that are not in the store. */
  readonly unstored: ReadonlyMap<number, Uint8Array>;
}

/**
 * Bytes of a content, cut at its end, of which some may not be in the store.
 *
 * @returns undefined if the content has been removed from the store
 */
export async function joinBytes({ index }: FetchContext, of: JoinedBytes): Promise<Uint8Array | undefined> {
  const { content, offset, opened, unstored } = of;
  const end = Math.min(offset + of.length, index.contents.size[content]!);
  const joined = new Uint8Array(Math.max(0, end - offset));
  for (const chunk of of.chunks) {
    const start = index.chunks.contentOffset[chunk]!;
    const from = Math.max(offset, start);
    const to = Math.min(end, start + chunkSize(index, chunk));
    if (to <= from) continue;
    const held = unstored.get(chunk)?.subarray(from - start, to - start);
    const bytes = held ?? (await opened.read(from, to - from));
    if (bytes.length < to - from) return undefined;
    joined.set(bytes, from - offset);
  }
  return joined;
}
