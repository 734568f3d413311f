import { RemoteFsError } from '../remote-fs-error.ts';
import { type BlobRange, maxRanges, type Profile } from './profile.ts';

/**
 * Reads a profile that came from somewhere: from disk, or from another machine.
 *
 * @param where it came from, for the message
 * @throws RemoteFsError PROFILE_INVALID
 */
export function parseProfile(text: string, where: string): Profile {
  const value = parse(text);
  const problem = problemOf(value);
  if (problem === undefined) return value as unknown as Profile;
  throw new RemoteFsError('PROFILE_INVALID', `${where} is not a profile of an image: ${problem}`);
}

type Unchecked = { readonly [Name in keyof Profile]?: unknown };

function parse(text: string): Unchecked {
  try {
    return Object(JSON.parse(text)) as Unchecked;
  } catch {
    return {};
  }
}

function problemOf(value: Unchecked): string | undefined {
  if (value.version !== 1) return `its version is ${JSON.stringify(value.version)}, expected 1`;
  for (const name of ['image', 'reference', 'recordedAt'] as const) {
    const text = value[name];
    if (typeof text !== 'string' || text.length === 0 || text.length > 4096) return `it has no ${name}`;
  }
  const layers = value.layers;
  if (typeof layers !== 'object' || layers === null || Array.isArray(layers)) return 'it has no layers';
  let ranges = 0;
  for (const [digest, list] of Object.entries(layers)) {
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) return `${JSON.stringify(digest)} is not a layer's digest`;
    if (!Array.isArray(list) || !list.every(isRange)) return `layer ${digest} has no list of ranges`;
    ranges += list.length;
  }
  return ranges > maxRanges ? `it has ${ranges} ranges, more than ${maxRanges}` : undefined;
}

function isRange(value: unknown): value is BlobRange {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [offset, length] = value as unknown[];
  return (
    Number.isSafeInteger(offset) && Number.isSafeInteger(length) && Number(offset) >= 0 && Number(length) > 0
  );
}
