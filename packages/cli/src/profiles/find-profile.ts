import type { Profile, ProfileRow } from '@sluice/admin-api';
import { CliError } from '../cli-error.ts';
import type { AdminClient } from '../client/admin-client.ts';

/** Fetches the profile of the image that a person means: see `findProfileRow`. */
export async function findProfile(
  client: Pick<AdminClient, 'profiles' | 'profile'>,
  name: string,
): Promise<Profile> {
  return await client.profile((await findProfileRow(client, name)).image);
}

/**
 * Finds the profile of the image that a person means.
 *
 * @param name the reference, the digest of the manifest, or the first digits of that
 * @throws CliError INVALID if none has that name, or several have; those of the client
 */
export async function findProfileRow(
  client: Pick<AdminClient, 'profiles'>,
  name: string,
): Promise<ProfileRow> {
  const { profiles } = await client.profiles();
  const found = profiles.filter((row) => row.image === name);
  if (found.length === 0) found.push(...profiles.filter((row) => isMeant(row, name)));
  const [only, ...others] = found;
  if (!only)
    throw new CliError('INVALID', `there is no profile of ${name}: "sluice profile ls" says which there are`);
  if (others.length > 0) {
    const images = found.map(({ image }) => image).join(', ');
    throw new CliError('INVALID', `there are ${found.length} profiles of ${name}: say which of ${images}`);
  }
  return only;
}

function isMeant({ image, reference }: ProfileRow, name: string): boolean {
  if (reference === name) return true;
  const digits = name.replace(/^sha256:/, '');
  return /^[0-9a-f]{4,}$/.test(digits) && image.startsWith(`sha256:${digits}`);
}
