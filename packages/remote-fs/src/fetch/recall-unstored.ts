import { contentChunks } from '@sluice/layer';
import type { OpenContent } from '../content-store/open-content.ts';
import type { FetchContext } from './fetch-context.ts';

/**
 * Looks which chunks of a content are in memory, because the disk did not take them, and stores them where it does now.
 *
 * @returns those that it still does not take
 */
export async function recallUnstored(
  { index, presence, store }: FetchContext,
  asked: { readonly content: number; readonly chunks: readonly number[]; readonly opened: OpenContent },
): Promise<Map<number, Uint8Array>> {
  const { first } = contentChunks(index, asked.content);
  const unstored = new Map<number, Uint8Array>();
  for (const chunk of asked.chunks) {
    const bytes = asked.opened.unstored(chunk - first);
    if (!bytes) continue;
    const isWell = store.problem() === undefined;
    const offset = index.chunks.contentOffset[chunk]!;
    if (isWell && (await asked.opened.write(chunk - first, offset, bytes))) presence.add(chunk);
    else unstored.set(chunk, bytes);
  }
  return unstored;
}
