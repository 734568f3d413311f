/**
 * Where things are on the admin socket: HTTP/1.1; GET, where nothing else is said. The number in a path changes when an answer changes
 * in a way that old readers do not bear; new fields alone do not.
 */
export const adminPaths = {
  /** `DaemonStatus` */
  status: '/v1/status',
  /** `SnapshotList` */
  snapshots: '/v1/snapshots',
  /** A copy of the snapshots' database, consistent and whole: the bytes of an SQLite file. */
  backup: '/v1/backup',
  /** `ProfileList` */
  profiles: '/v1/profiles',
  /** `Profile`: GET or DELETE with the parameter `image`, or PUT, which checks and keeps it. */
  profile: '/v1/profile',
  /** `PushedProfile`: POST with the parameter `image`; stores the profile that there is beside its image. */
  profilePush: '/v1/profile/push',
  /** `ProfileList`: POST with the parameter `reference`; fetches what lies beside an image, and keeps it. */
  profilePull: '/v1/profile/pull',
  /** POST, with `repair` as a parameter or without: lines of JSON, `VerifyLine` each. */
  verify: '/v1/verify',
  /** The text format of Prometheus. */
  metrics: '/metrics',
} as const;

/** Bytes that the body of a PUT may have: enough for the largest profile of an image, thrice. */
export const maxBodyBytes = 8 << 20;
