import type {
  ContentReport,
  DaemonStatus,
  Profile,
  ProfileList,
  ProfileRow,
  PushedProfile,
  SnapshotList,
} from '@sluice/admin-api';

/**
 * Asks a daemon over its admin socket. Every call opens a connection of its own and closes it; calls may run at
 * the same time.
 *
 * All reject with a CliError: USAGE if the address cannot be a socket, UNREACHABLE if nobody listens there or
 * answers in time, NOT_PERMITTED, and BAD_ANSWER if what comes is not what a daemon of this version says.
 */
export interface AdminClient {
  status(): Promise<DaemonStatus>;
  /** Oldest first. */
  snapshots(): Promise<SnapshotList>;
  /**
   * Fetches a copy of the snapshots' database.
   *
   * @param write is given the bytes in their order, one call at a time; what it throws, this rejects with
   */
  backup(write: (bytes: Uint8Array) => Promise<void>): Promise<void>;
  /** What the daemon has learned of the starts of images. */
  profiles(): Promise<ProfileList>;
  /** @param image as `profiles` says it */
  profile(image: string): Promise<Profile>;
  /**
   * Has the daemon keep a profile, in the place of the one that it has of the image.
   *
   * @param profile in JSON
   * @throws CliError INVALID if it is none, or the daemon has no use for it
   */
  importProfile(profile: string): Promise<ProfileRow>;
  /**
   * Has the daemon store a profile beside its image.
   *
   * @param image as `profiles` says it
   * @throws CliError REGISTRY_FAILED; INVALID if the profile does not fit the image
   */
  pushProfile(image: string): Promise<PushedProfile>;
  /**
   * Has the daemon fetch and keep the profiles beside an image.
   *
   * @throws CliError REGISTRY_FAILED; INVALID if the reference is none, or what lies there fits nothing
   */
  pullProfiles(reference: string): Promise<ProfileList>;
  /** Has the daemon forget a profile. @param image as `profiles` says it */
  removeProfile(image: string): Promise<void>;
  /**
   * Has the daemon read all complete contents again.
   *
   * @param options.repair whether damaged ones are removed
   * @param options.onProgress is told about once a second how far it is
   */
  verifyContents(options: {
    readonly repair: boolean;
    readonly onProgress: (read: Pick<ContentReport, 'checked' | 'checkedBytes'>) => void;
  }): Promise<ContentReport>;
}
