import {
  createDefaultHosts,
  createRegistryClient,
  createStaticCredentials,
  type RegistryClient,
} from '@sluice/registry';
import { type ImageLayer, makeImage } from '@sluice/testkit/estargz';
import { createTestRegistry, type TestRegistry } from '@sluice/testkit/registry';

const repository = 'team/app';

/** An image in a registry on this machine. */
export interface TestImage extends AsyncDisposable {
  readonly registry: TestRegistry;
  readonly client: RegistryClient;
  readonly reference: string;
  readonly manifestDigest: string;
  /** As CRI labels a layer; the table's digest among them, as containerd passes annotations on. */
  criLabels(layer: ImageLayer): Record<string, string>;
  /** As ctr-remote does, which names no manifest. */
  stargzLabels(layer: ImageLayer): Record<string, string>;
  /** How often each blob was asked for. */
  blobRequests(): number;
}

export async function makeTestImage(layers: readonly (ImageLayer & { blob: Buffer })[]): Promise<TestImage> {
  const registry = await createTestRegistry();
  for (const layer of layers) registry.addBlob(layer.blob);
  const image = makeImage(layers);
  registry.addBlob(image.config.bytes);
  const manifest = registry.addManifest(repository, image.manifest.bytes, image.manifest.mediaType);
  registry.tag(repository, 'latest', manifest.digest);
  const client = createRegistryClient(
    {
      credentials: createStaticCredentials(),
      hosts: createDefaultHosts(),
      logger: { debug() {}, warn() {} },
    },
    { attemptsPerHost: 2, backoffBaseMs: 1, backoffMaxMs: 5 },
  );
  const reference = `${registry.host}/${repository}:latest`;
  const annotationsOf = (layer: ImageLayer) =>
    Object.fromEntries(
      Object.entries(layer.annotations ?? {}).filter(([key]) => key.startsWith('containerd.io/snapshot/')),
    );
  const digests = layers.map((layer) => layer.digest).join(',');
  return {
    registry,
    client,
    reference,
    manifestDigest: manifest.digest,
    criLabels: (layer) => ({
      'containerd.io/snapshot.ref': layer.diffId,
      'containerd.io/snapshot/cri.image-ref': reference,
      'containerd.io/snapshot/cri.layer-digest': layer.digest,
      'containerd.io/snapshot/cri.image-layers': digests,
      'containerd.io/snapshot/cri.manifest-digest': manifest.digest,
      ...annotationsOf(layer),
    }),
    stargzLabels: (layer) => ({
      'containerd.io/snapshot.ref': layer.diffId,
      'containerd.io/snapshot/remote/stargz.reference': reference,
      'containerd.io/snapshot/remote/stargz.digest': layer.digest,
      'containerd.io/snapshot/remote/stargz.layers': digests,
      ...annotationsOf(layer),
    }),
    blobRequests: () => registry.requests.filter((request) => request.kind === 'blob').length,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}
