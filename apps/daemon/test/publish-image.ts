import type { EstargzBlob, ImageLayer } from '@sluice/testkit/estargz';
import { makeImage } from '@sluice/testkit/estargz';
import type { TestRegistry } from '@sluice/testkit/registry';

export interface PublishedImage {
  readonly reference: string;
  /** The labels with which CRI asks for a layer. */
  labelsOf(layer: ImageLayer): Record<string, string>;
}

/** A layer with its bytes; every builder of the testkit makes these. */
export type BuiltLayer = ImageLayer & Pick<EstargzBlob, 'blob'>;

const repository = 'team/app';
const prefix = 'containerd.io/snapshot';

/** Puts an image into a registry. */
export function publishImage(registry: TestRegistry, layers: readonly BuiltLayer[]): PublishedImage {
  for (const { blob } of layers) registry.addBlob(blob);
  const image = makeImage(layers);
  registry.addBlob(image.config.bytes);
  const manifest = registry.addManifest(repository, image.manifest.bytes, image.manifest.mediaType);
  registry.tag(repository, 'latest', manifest.digest);
  const reference = `${registry.host}/${repository}:latest`;
  return {
    reference,
    labelsOf: ({ digest, diffId, annotations = {} }) => ({
      // A chain ID, for a layer without a parent. Layers have different contents here, so it names one.
      [`${prefix}.ref`]: diffId,
      [`${prefix}/cri.image-ref`]: reference,
      [`${prefix}/cri.layer-digest`]: digest,
      [`${prefix}/cri.image-layers`]: layers.map((layer) => layer.digest).join(','),
      [`${prefix}/cri.manifest-digest`]: manifest.digest,
      ...Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(`${prefix}/`))),
    }),
  };
}
