/** Hex digits of each digest algorithm that may be used (image-spec, descriptor.md, "Registered algorithms"). */
const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/** Names as distribution-spec 1.1, "Pulling manifests", allows them. */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Whether it can be part of an address: no empty parts, no dots that lead elsewhere. */
export function isRepositoryName(text: string): boolean {
  return REPOSITORY.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** @returns the algorithm, as `node:crypto` names it; undefined where it is no sha256 or sha512 digest in lower case */
export function digestAlgorithm(text: string): string | undefined {
  const [, algorithm = '', hex = ''] = /^([a-z0-9]+):([0-9a-f]+)$/.exec(text) ?? [];
  return HEX_LENGTHS.get(algorithm) === hex.length ? algorithm : undefined;
}
