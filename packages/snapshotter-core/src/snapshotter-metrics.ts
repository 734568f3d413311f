import type { NotLazyReason } from './not-lazy-error.ts';

/** Counts what the snapshotter does. Must be quick and must not throw. */
export interface SnapshotterMetrics {
  /** A layer was provided by mounting it, and not there before. */
  lazilyPrepared(report: { readonly durationMs: number }): void;
  /** A layer was to be provided and could not be: the client unpacks it in the ordinary way. */
  fellBack(reason: NotLazyReason): void;
}
