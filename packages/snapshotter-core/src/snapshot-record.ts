import type { SnapshotInfo } from './snapshot-info.ts';
import type { Usage } from './usage.ts';

/** A snapshot as the store keeps it: what clients see, and what only the snapshotter needs. */
export interface SnapshotRecord extends SnapshotInfo {
  /** Names the snapshot's directory. Grows with every snapshot; never used twice, not even after a removal. */
  readonly id: number;
  /** Stored when a snapshot is committed; undefined before. */
  readonly usage?: Usage | undefined;
}
