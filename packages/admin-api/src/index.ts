export { type AdminFailure, adminFailureSchema } from './admin-failure.ts';
export { adminPaths, maxBodyBytes } from './admin-paths.ts';
export { type ContentReport, type VerifyLine, verifyLineSchema } from './content-report.ts';
export { type DaemonStatus, daemonStatusSchema } from './daemon-status.ts';
export { type Profile, profileSchema } from './profile.ts';
export {
  type ProfileList,
  type ProfileRow,
  type PushedProfile,
  profileListSchema,
  profileRowSchema,
  pushedProfileSchema,
} from './profile-list.ts';
export { type SnapshotList, type SnapshotRow, snapshotListSchema } from './snapshot-list.ts';
