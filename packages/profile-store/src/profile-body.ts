import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type BlobRange, type Profile, parseProfile } from '@sluice/remote-fs';

/** More than the longest profile has. */
const MAX_TEXT_BYTES = 16 << 20;

/** By the layers' digests: how far each range begins behind the end of the one before it, and its length. */
type Packed = Readonly<Record<string, readonly number[]>>;

/** The layers of a profile, as small as they get: a range takes 5 to 12 bytes. */
export function packBody({ layers }: Profile): Buffer {
  const packed = Object.entries(layers).map(([digest, ranges]) => [digest, stepsOf(ranges)]);
  return deflateRawSync(JSON.stringify(Object.fromEntries(packed) as Packed));
}

/**
 * The profile that a body belongs to.
 *
 * @throws RemoteFsError PROFILE_INVALID, or errors of zlib and JSON, where the body is damaged
 */
export function unpackBody(
  body: Uint8Array,
  { image, reference, recordedAt }: Pick<Profile, 'image' | 'reference' | 'recordedAt'>,
): Profile {
  const text = inflateRawSync(body, { maxOutputLength: MAX_TEXT_BYTES }).toString();
  const packed = Object.entries(JSON.parse(text) as Packed).map(([digest, steps]) => [
    digest,
    rangesOf(steps),
  ]);
  const profile = { version: 1, image, reference, recordedAt, layers: Object.fromEntries(packed) };
  return parseProfile(JSON.stringify(profile), `the profile kept of ${image}`);
}

function stepsOf(ranges: readonly BlobRange[]): readonly number[] {
  let end = 0;
  return ranges.flatMap(([offset, length]) => {
    const step = offset - end;
    end = offset + length;
    return [step, length];
  });
}

function rangesOf(steps: readonly number[]): readonly BlobRange[] {
  const ranges: BlobRange[] = [];
  let end = 0;
  for (let at = 0; at < steps.length; at += 2) {
    const [step, length] = [steps[at]!, steps[at + 1]!];
    ranges.push([end + step, length]);
    end += step + length;
  }
  return ranges;
}
