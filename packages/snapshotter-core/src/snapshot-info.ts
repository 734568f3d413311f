import type { Labels } from './labels.ts';
import type { SnapshotKind } from './snapshot-kind.ts';

/**
 * What a snapshot says of itself to clients. Never changed: when the snapshot changes, there is another object.
 * Source: containerd core/snapshots/snapshotter.go, `Info`.
 */
export interface SnapshotInfo {
  /** The key of an active snapshot or view, the name of a committed one. Unique in the store. */
  readonly name: string;
  /** The name of the committed snapshot below; '' where there is none. */
  readonly parent: string;
  readonly kind: SnapshotKind;
  readonly labels: Labels;
  /** Nanoseconds since 1970, UTC. Set by Prepare, View and again by Commit. */
  readonly createdNs: bigint;
  /** Nanoseconds since 1970, UTC. Set as `createdNs`, and by Update. */
  readonly updatedNs: bigint;
}
