import type { Profile } from './profile.ts';

/**
 * Where profiles are kept, one an image. A store is bounded: to make room for what is saved it forgets profiles that
 * were not loaded or saved for the longest time, as a profile can be learned anew.
 *
 * All methods reject with the errors of what they are kept in. A profile that is damaged there counts as none.
 */
export interface ProfileStore {
  /** Undefined if there is none. Counts as use. */
  load(image: string): Promise<Profile | undefined>;
  /** Replaces the one that there is of `profile.image`. */
  save(profile: Profile): Promise<void>;
  /** @returns whether there was one */
  remove(image: string): Promise<boolean>;
  /** All of them, by reference, then by time, then by image. No use. */
  list(): Promise<readonly ProfileSummary[]>;
}

/** A profile without its ranges. */
export interface ProfileSummary extends Pick<Profile, 'image' | 'reference' | 'recordedAt'> {
  /** Layers of which something is read, in how many ranges, of how many compressed bytes. */
  readonly layers: number;
  readonly ranges: number;
  readonly sizeBytes: number;
}
