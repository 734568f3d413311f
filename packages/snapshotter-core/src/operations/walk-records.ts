import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { nextTurn } from '../work/next-turn.ts';

/** Few enough that reading a page does not hold up other calls, enough to be quick. */
const PAGE_SIZE = 100;

/** All records by ascending id, a page at a time; other calls run between the pages. */
export async function* walkRecords(
  { meta, closing }: Context,
  options?: CallOptions,
): AsyncGenerator<readonly SnapshotRecord[]> {
  for (let afterId = 0; ; await nextTurn()) {
    closing.throwIfAborted();
    options?.signal?.throwIfAborted();
    const page = meta.read((tx) => tx.page(afterId, PAGE_SIZE));
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < PAGE_SIZE) return;
    afterId = last.id;
  }
}
