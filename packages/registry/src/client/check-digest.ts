import { RegistryError } from '../registry-error.ts';

/** Hex digits of each digest algorithm that may be used (image-spec, descriptor.md, "Registered algorithms"). */
const HEX_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/**
 * @returns the algorithm, as `node:crypto` names it
 * @throws RegistryError INVALID where it is not a sha256 or sha512 digest in lower case
 */
export function checkDigest(digest: string): string {
  const match = /^([a-z0-9]+):([0-9a-f]+)$/.exec(digest);
  const [, algorithm = '', hex = ''] = match ?? [];
  if (HEX_LENGTHS[algorithm] !== hex.length || hex.length === 0)
    throw new RegistryError('INVALID', `'${digest}' is not a sha256 or sha512 digest`);
  return algorithm;
}
