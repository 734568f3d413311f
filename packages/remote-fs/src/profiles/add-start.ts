import { addRanges } from './add-ranges.ts';
import { type BlobRange, maxRanges, type Profile } from './profile.ts';

/** A profile is to spare the readers of a start, not to bring the image. */
const maxProfileBytes = 256 << 20;

/**
 * What is known of the starts of an image with what another start has read: a container with other arguments reads
 * other things.
 *
 * @param known undefined where this was the first start
 * @returns undefined where there is nothing new, or no room for it
 */
export function addStart(known: Profile | undefined, start: Profile): Profile | undefined {
  if (!known) return start;
  const digests = new Set([...Object.keys(known.layers), ...Object.keys(start.layers)]);
  const layers: Record<string, readonly BlobRange[]> = {};
  let isNew = false;
  for (const digest of digests) {
    const before = known.layers[digest] ?? [];
    const after = addRanges(before, start.layers[digest] ?? []);
    isNew ||= after !== before;
    if (after.length > 0) layers[digest] = after;
  }
  const ranges = Object.values(layers).flat();
  const sizeBytes = ranges.reduce((sum, [, length]) => sum + length, 0);
  if (!isNew || ranges.length > maxRanges || sizeBytes > maxProfileBytes) return undefined;
  return { ...known, recordedAt: start.recordedAt, layers };
}
