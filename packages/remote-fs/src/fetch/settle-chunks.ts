import { contentChunks } from '@sluice/layer';
import type { OpenContent } from '../content-store/open-content.ts';
import type { FetchContext } from './fetch-context.ts';
import { settleUncertain } from './settle-uncertain.ts';

/**
 * Looks which chunks of a content the store has: those that it knows, and those that an earlier process left and
 * that prove right. Marks them as present.
 *
 * @returns the others
 */
export async function settleChunks(
  { index, presence }: FetchContext,
  asked: { readonly content: number; readonly chunks: readonly number[]; readonly opened: OpenContent },
): Promise<readonly number[]> {
  const { content, chunks, opened } = asked;
  if (opened.complete) {
    presence.addContent(content);
    return [];
  }
  const { first } = contentChunks(index, content);
  for (const chunk of chunks) {
    if (opened.uncertain(chunk - first)) await settleUncertain(index, opened, chunk, first);
  }
  return chunks.filter((chunk) => {
    if (!opened.verified(chunk - first)) return true;
    presence.add(chunk);
    return false;
  });
}
