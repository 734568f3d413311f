export type { CallOptions } from './call-options.ts';
export { createSnapshotter, type SnapshotterDeps, type SnapshotterOptions } from './create-snapshotter.ts';
export { diagnoseStore } from './doctor/diagnose-store.ts';
export type { Diagnosis, LostSnapshot } from './doctor/diagnosis.ts';
export { type Filter, parseFilters } from './filter/parse-filters.ts';
export type { Labels } from './labels.ts';
export type { LogFields, Logger } from './logger.ts';
export type { ManagedSnapshotter } from './managed-snapshotter.ts';
export type { Mount } from './mount.ts';
export { NotLazyError, type NotLazyReason } from './not-lazy-error.ts';
export type { Clock } from './ports/clock.ts';
export type { FileSystem } from './ports/file-system.ts';
export type { DirList, LayerDirs, NewDir, SnapshotDirs, StagedDir } from './ports/layer-dirs.ts';
export type {
  ChainLink,
  CommittedSnapshot,
  MetaStore,
  NewSnapshot,
  NotPromise,
  ReadTx,
  WriteTx,
} from './ports/meta-store.ts';
export type { SnapshotInfo } from './snapshot-info.ts';
export type { SnapshotKind } from './snapshot-kind.ts';
export type { SnapshotRecord } from './snapshot-record.ts';
export type { SnapshotStatus } from './snapshot-status.ts';
export type { Snapshotter } from './snapshotter.ts';
export { SnapshotterError, type SnapshotterErrorCode } from './snapshotter-error.ts';
export type { SnapshotterMetrics } from './snapshotter-metrics.ts';
export type { SnapshotterSummary } from './snapshotter-summary.ts';
export type { Usage } from './usage.ts';
export {
  ID_MAPPING_LABELS,
  INHERITED_LABEL_PREFIX,
  TARGET_LABEL,
  UPPERDIR_LABEL,
} from './well-known-labels.ts';
