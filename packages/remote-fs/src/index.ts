export type { ContentBounds } from './content-store/evictor.ts';
export type { ContentReport, VerifyOptions } from './content-store/verify-contents.ts';
export {
  createRemoteFileSystem,
  type FetchOptions,
  type RemoteFileSystemDeps,
  type RemoteFileSystemOptions,
} from './create-remote-file-system.ts';
export type { Survival } from './mounts/create-layer-mounts.ts';
export type { ProfilesOptions } from './profiles/create-profiles.ts';
export { parseProfile } from './profiles/parse-profile.ts';
export type { BlobRange, Profile } from './profiles/profile.ts';
export { createProfileArtifacts, type ProfileArtifacts } from './profiles/profile-artifacts.ts';
export type { ProfileStore, ProfileSummary } from './profiles/profile-store.ts';
export { summarizeProfile } from './profiles/summarize-profile.ts';
export type { MountedLayer, RemoteFileSystem, RemoteFsTotals } from './remote-file-system.ts';
export { RemoteFsError, type RemoteFsErrorCode } from './remote-fs-error.ts';
export type { RemoteFsMetrics } from './remote-fs-metrics.ts';
