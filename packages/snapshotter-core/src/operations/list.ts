import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import { type Filter, parseFilters } from '../filter/parse-filters.ts';
import type { ReadTx } from '../ports/meta-store.ts';
import type { SnapshotInfo } from '../snapshot-info.ts';
import type { SnapshotRecord } from '../snapshot-record.ts';
import { toInfo } from './to-info.ts';
import { walkRecords } from './walk-records.ts';

export async function* list(
  context: Context,
  filters: readonly string[],
  options?: CallOptions,
): AsyncGenerator<readonly SnapshotInfo[]> {
  const filter = parseFilters(filters);
  const { bounds } = filter;
  const pages = bounds ? [context.meta.read((tx) => candidates(tx, bounds))] : walkRecords(context, options);
  for await (const page of pages) {
    const matches = page.filter((record) => filter.matches(record)).map((record) => toInfo(context, record));
    if (matches.length > 0) yield matches;
  }
}

/** What an index finds: all that can match, and perhaps more. */
function candidates(tx: ReadTx, bounds: NonNullable<Filter['bounds']>): readonly SnapshotRecord[] {
  const found = new Map<number, SnapshotRecord>();
  for (const bound of bounds) {
    const named = 'name' in bound ? [tx.get(bound.name)] : tx.withTarget(bound.target, bound.parent);
    for (const record of named) if (record) found.set(record.id, record);
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}
