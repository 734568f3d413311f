/**
 * What can be done with a snapshot.
 *
 * - `active`: made by Prepare; writable; may be committed.
 * - `view`: made by View; read-only; can only be removed.
 * - `committed`: made by Commit; immutable; may be a parent.
 *
 * Source: containerd core/snapshots/snapshotter.go, `Kind`.
 */
export type SnapshotKind = 'active' | 'view' | 'committed';
