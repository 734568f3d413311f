import type { Profile } from './profile.ts';
import type { ProfileSummary } from './profile-store.ts';

/** Counts what is in a profile. */
export function summarizeProfile({ image, reference, recordedAt, layers }: Profile): ProfileSummary {
  const ranges = Object.values(layers).flat();
  const sizeBytes = ranges.reduce((sum, [, length]) => sum + length, 0);
  const counts = { layers: Object.keys(layers).length, ranges: ranges.length, sizeBytes };
  return { image, reference, recordedAt, ...counts };
}
