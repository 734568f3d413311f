import type { CallOptions } from './call-options.ts';
import type { SnapshotStatus } from './snapshot-status.ts';
import type { Snapshotter } from './snapshotter.ts';
import type { SnapshotterSummary } from './snapshotter-summary.ts';

/** The snapshotter as its own daemon sees it: what clients may do, and what only the daemon does. */
export interface ManagedSnapshotter extends Snapshotter {
  /**
   * To be called once, after start: mounts remote layers again, heals what a crash left half done and removes
   * directories that no snapshot owns. Serving may begin at once: calls that need a layer wait for that layer.
   * A layer that does not come back is reported and tried again when it is needed; it never makes this reject.
   *
   * Resolves when every layer was tried.
   */
  restore(options?: CallOptions): Promise<void>;

  /** All snapshots with what is known about them, oldest first, in batches, as `list`. */
  describe(options?: CallOptions): AsyncIterable<readonly SnapshotStatus[]>;

  /** Walks all records, in batches, nothing locked in between. */
  summarize(options?: CallOptions): Promise<SnapshotterSummary>;
}
