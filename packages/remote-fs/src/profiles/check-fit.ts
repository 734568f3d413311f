import type { LayerDescriptor } from '../layers/layer-descriptor.ts';
import { RemoteFsError } from '../remote-fs-error.ts';
import type { Profile } from './profile.ts';

/** Whether every range of a profile lies in a layer of the image. */
export function fits(profile: Profile, layers: readonly LayerDescriptor[]): boolean {
  return misfit(profile, layers) === undefined;
}

/**
 * @param where the profile came from, for the message
 * @throws RemoteFsError PROFILE_INVALID if a range lies in no layer of the image
 */
export function checkFit(profile: Profile, layers: readonly LayerDescriptor[], where: string): void {
  const problem = misfit(profile, layers);
  if (problem) throw new RemoteFsError('PROFILE_INVALID', `${where} does not fit the image: ${problem}`);
}

function misfit(profile: Profile, layers: readonly LayerDescriptor[]): string | undefined {
  for (const [digest, ranges] of Object.entries(profile.layers)) {
    const layer = layers.find((one) => one.digest === digest);
    if (!layer) return `${digest} is no layer of it`;
    const outside = ranges.find(([offset, length]) => offset + length > layer.sizeBytes);
    if (outside) return `byte ${outside[0] + outside[1]} is outside of layer ${digest}`;
  }
  return undefined;
}
