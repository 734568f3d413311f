/**
 * Where things are on the admin socket: HTTP/1.1, only GET. The number in a path changes when an answer changes
 * in a way that old readers do not bear; new fields alone do not.
 */
export const adminPaths = {
  /** `DaemonStatus` */
  status: '/v1/status',
  /** `SnapshotList` */
  snapshots: '/v1/snapshots',
  /** A copy of the snapshots' database, consistent and whole: the bytes of an SQLite file. */
  backup: '/v1/backup',
  /** The text format of Prometheus. */
  metrics: '/metrics',
} as const;
