import { type Profile, type ProfileStore, summarizeProfile } from '@sluice/remote-fs';

/** Keeps profiles in memory, the last used ones. */
export function createMemoryProfileStore(maxProfiles = 1000): ProfileStore {
  /** In the order of their use. */
  const profiles = new Map<string, Profile>();
  const use = (profile: Profile) => {
    profiles.delete(profile.image);
    profiles.set(profile.image, profile);
  };
  return {
    async load(image) {
      const profile = profiles.get(image);
      if (profile) use(profile);
      return profile;
    },
    async save(profile) {
      use(structuredClone(profile));
      while (profiles.size > maxProfiles) profiles.delete(profiles.keys().next().value!);
    },
    remove: async (image) => profiles.delete(image),
    async list() {
      const key = ({ reference, recordedAt, image }: Profile) => [reference, recordedAt, image].join('\0');
      const sorted = [...profiles.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
      return sorted.map(summarizeProfile);
    },
  };
}
