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

/** Bytes of a content, cut at its end, of which some are in the store and the others are not. */
export async function joinBytes({ index }: FetchContext, of: JoinedBytes): Promise<Uint8Array> {
  const { content, offset, opened, unstored } = of;
  const end = Math.min(offset + of.length, index.contents.size[content]!);
  const joined = new Uint8Array(Math.max(0, end - offset));
  for (const chunk of of.chunks) {
    const start = index.chunks.contentOffset[chunk]!;
    const from = Math.max(offset, start);
    const to = Math.min(end, start + chunkSize(index, chunk));
    if (to <= from) continue;
    const bytes = unstored.get(chunk)?.subarray(from - start, to - start);
    joined.set(bytes ?? (await readWhole(opened, from, to - from)), from - offset);
  }
  return joined;
}

async function readWhole(opened: OpenContent, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await opened.read(offset, length);
  if (bytes.length === length) return bytes;
  throw new Error(`a stored content ends after ${bytes.length} of ${length} bytes from ${offset}`);
}
