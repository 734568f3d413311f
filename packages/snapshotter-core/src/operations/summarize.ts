import type { CallOptions } from '../call-options.ts';
import type { Context } from '../context.ts';
import type { SnapshotterSummary } from '../snapshotter-summary.ts';
import { walkRecords } from './walk-records.ts';

export async function summarize(context: Context, options?: CallOptions): Promise<SnapshotterSummary> {
  const snapshots = { active: 0, view: 0, committed: 0, remote: 0 };
  for await (const page of walkRecords(context, options)) {
    for (const { kind, remote } of page) {
      snapshots[kind]++;
      if (remote) snapshots.remote++;
    }
  }
  return {
    snapshots,
    unavailable: context.availability.list(),
    fallbacks: context.fallbacks.totals(),
    removalsPending: context.removals.pending,
  };
}
