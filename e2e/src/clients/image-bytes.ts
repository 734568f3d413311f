const TIMEOUT_MS = 10_000;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Bytes of all layers of an image as they lie in the registry, compressed. `name` is HOST/REPOSITORY:TAG. */
export async function imageBytes(name: string): Promise<number> {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(name) ?? [];
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: MANIFEST },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { layers } = (await response.json()) as { layers: readonly { size: number }[] };
  return layers.reduce((total, { size }) => total + size, 0);
}
