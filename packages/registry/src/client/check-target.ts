import type { ImageReference } from '../image-reference.ts';
import { digestAlgorithm, isRepositoryName, isTag } from '../names.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Refuses what cannot be part of an address. References may come from labels and manifests, not only from the parser.
 *
 * @param name a digest, or a tag where `names` allows that
 * @throws RegistryError INVALID
 */
export function checkTarget(
  { host, repository }: ImageReference,
  name: string,
  names: 'digest' | 'digest or tag',
): void {
  if (!isRepositoryName(repository))
    throw new RegistryError('INVALID', `'${repository}' (at ${host}) is not the name of a repository`);
  const good = digestAlgorithm(name) !== undefined || (names === 'digest or tag' && isTag(name));
  if (!good) throw new RegistryError('INVALID', `'${name}' (of ${host}/${repository}) is not a ${names}`);
}
