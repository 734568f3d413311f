/**
 * Where things are on the admin socket: HTTP/1.1, only GET. The number in a path changes when an answer changes
 * in a way that old readers do not bear; new fields alone do not.
 */
export const adminPaths = {
  /** `DaemonStatus` */
  status: '/v1/status',
  /** `SnapshotList` */
  snapshots: '/v1/snapshots',
  /** The text format of Prometheus. */
  metrics: '/metrics',
} as const;
