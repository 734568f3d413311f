import type { ImageReference } from '../image-reference.ts';
import { digestAlgorithm, isRepositoryName, isTag } from '../names.ts';
import { RegistryError } from '../registry-error.ts';

/**
 * Refuses what cannot be part of an address. References may come from labels and manifests, not only from the parser.
 *
 * @param name a tag or a digest
 * @throws RegistryError INVALID
 */
export function checkTarget({ host, repository }: ImageReference, name: string): void {
  if (!isRepositoryName(repository))
    throw new RegistryError('INVALID', `'${repository}' (at ${host}) is not the name of a repository`);
  const good = name.includes(':') ? digestAlgorithm(name) !== undefined : isTag(name);
  if (!good)
    throw new RegistryError(
      'INVALID',
      `'${name}' (of ${host}/${repository}) is not a tag, or a sha256 or sha512 digest`,
    );
}
