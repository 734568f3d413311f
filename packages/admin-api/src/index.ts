export { type AdminFailure, adminFailureSchema } from './admin-failure.ts';
export { adminPaths } from './admin-paths.ts';
export { type DaemonStatus, daemonStatusSchema } from './daemon-status.ts';
export { type SnapshotList, type SnapshotRow, snapshotListSchema } from './snapshot-list.ts';
