/** GOARCH, as image-spec has it, of what Node calls this machine. */
const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: '386',
  loong64: 'loong64',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'amd64',
};

/** Variants of one architecture among them; more than these are no honest image's. */
const maxManifests = 4;

/**
 * The digests of the manifests for this machine that an image index names (OCI image-spec, image-index.md).
 *
 * @param bytes what a registry sent for a reference
 * @returns undefined if that is no index
 */
export function manifestsOfIndex(bytes: Uint8Array): readonly string[] | undefined {
  const { manifests } = parse(bytes);
  if (!Array.isArray(manifests)) return undefined;
  return manifests
    .filter((entry) => {
      const { os, architecture } = entry?.platform ?? {};
      return os === 'linux' && architecture === architectures[process.arch];
    })
    .map((entry) => entry.digest)
    .filter((digest) => /^sha256:[0-9a-f]{64}$/.test(digest))
    .slice(0, maxManifests);
}

interface UncheckedIndex {
  readonly manifests?: unknown;
}

function parse(bytes: Uint8Array): UncheckedIndex {
  try {
    return (JSON.parse(Buffer.from(bytes).toString()) as UncheckedIndex | null) ?? {};
  } catch {
    return {};
  }
}
