export { type DaemonStatus, daemonStatusSchema } from './daemon-status.ts';
export { type SnapshotList, type SnapshotRow, snapshotListSchema } from './snapshot-list.ts';
