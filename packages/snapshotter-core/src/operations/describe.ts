import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { SnapshotStatus } from '../snapshot-status.ts';
import { walkRecords } from './walk-records.ts';

export async function* describe(
  context: Context,
  options?: CallOptions,
): AsyncGenerator<readonly SnapshotStatus[]> {
  const { dirs, availability, fallbacks } = context;
  for await (const page of walkRecords(context, options)) {
    yield page.map((record) => ({
      ...record,
      notLazy: record.notLazy ?? fallbacks.reasonOf(record.id),
      contentPath: dirs.contentPath(record.id),
      problem: availability.problemOf(record.id),
    }));
  }
}
