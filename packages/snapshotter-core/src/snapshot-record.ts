import type { Labels } from './labels.ts';
import type { NotLazyReason } from './not-lazy-error.ts';
import type { SnapshotInfo } from './snapshot-info.ts';
import type { Usage } from './usage.ts';

/** A snapshot as the store keeps it: what clients see, and what only the snapshotter needs. */
export interface SnapshotRecord extends SnapshotInfo {
  /** Names the snapshot's directory. Grows with every snapshot; never used twice, not even after a removal. */
  readonly id: number;
  /**
   * Whether its content is a lazily mounted layer; only of committed snapshots. No label says so, because
   * clients may replace labels.
   */
  readonly remote: boolean;
  /**
   * What a remote snapshot was mounted with, if its labels were changed since: clients may replace labels, but the
   * layer stays what it is.
   */
  readonly layerLabels?: Labels | undefined;
  /** Why not, if it was committed after a lazy mount had been asked for in vain. */
  readonly notLazy?: NotLazyReason | undefined;
  /** Stored when a snapshot is committed; undefined before. */
  readonly usage?: Usage | undefined;
}
