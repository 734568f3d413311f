import type { Labels, NewDir, SnapshotKind } from '@sluice/snapshotter-core';

/** What `LayerDirs` is told of a snapshot to be. */
export function newDir(kind: SnapshotKind, parentId?: number, labels: Labels = {}): NewDir {
  return { kind, parentId, labels };
}
