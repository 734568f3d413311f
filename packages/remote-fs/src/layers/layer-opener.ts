import type { LayerFormat, LayerIndex } from '@sluice/layer';
import {
  type ImageReference,
  parseImageReference,
  type RegistryClient,
  RegistryError,
} from '@sluice/registry';
import { type CallOptions, type Logger, NotLazyError } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import { tocDigest } from '../labels/toc-digest.ts';
import type { IndexFiles } from './index-files.ts';
import { type LayerDescriptor, layersOfManifest } from './layer-descriptor.ts';
import { type LayerKey, layerKey } from './layer-key.ts';
import type { ManifestFiles } from './manifest-files.ts';

/** Finds the index of a layer. */
export interface LayerOpener {
  /** What names the index. Asks for the manifest if the labels alone do not say. @throws as `open` */
  keyOf(source: LayerSource, options?: CallOptions): Promise<LayerKey>;

  /**
   * The index: as saved, else read from the registry, verified and saved.
   *
   * @throws NotLazyError 'unsupported-format'; LayerError; RegistryError; the signal's reason
   */
  open(key: LayerKey, source: LayerSource, options?: CallOptions): Promise<LayerIndex>;
}

export interface LayerOpenerDeps {
  readonly registry: RegistryClient;
  readonly formats: readonly LayerFormat[];
  readonly indexFiles: IndexFiles;
  readonly manifestFiles: ManifestFiles;
  readonly logger: Logger;
}

export function createLayerOpener(
  deps: LayerOpenerDeps,
  options: { readonly allowUnverified: boolean },
): LayerOpener {
  const { allowUnverified } = options;

  const open = async (key: LayerKey, source: LayerSource, call: CallOptions): Promise<LayerIndex> => {
    const saved = await deps.indexFiles.load(key);
    if (saved) return saved;
    const reference = parseImageReference(source.reference);
    const described = await describe(deps, source, reference, call);
    const sized = described ? { size: described.sizeBytes, ...call } : call;
    const blob = await deps.registry.openBlob(reference, source.layerDigest, sized);
    const hints = { annotations: { ...described?.annotations, ...source.annotations }, allowUnverified };
    const index = await firstMatch(deps.formats, (format) => format.open(blob, hints, call));
    if (!index) throw unknownFormat(deps.formats, source);
    await deps.indexFiles.save(key, index, {
      reference: source.reference,
      format: index.format,
      blobSizeBytes: index.blobSize,
      tocDigest: tocDigest(hints.annotations),
    });
    return index;
  };

  return {
    async keyOf(source, call = {}) {
      const known = tocDigest(source.annotations);
      if (known || !source.manifestDigest) return layerKey(source.layerDigest, known, allowUnverified);
      const described = await describe(deps, source, parseImageReference(source.reference), call);
      return layerKey(source.layerDigest, tocDigest(described?.annotations ?? {}), allowUnverified);
    },
    open: (key, source, call = {}) => open(key, source, call),
  };
}

/** What the manifest says of the layer: a convenience where the labels suffice, so its absence is no error. */
async function describe(
  deps: LayerOpenerDeps,
  source: LayerSource,
  reference: ImageReference,
  call: CallOptions,
): Promise<LayerDescriptor | undefined> {
  if (!source.manifestDigest) return undefined;
  try {
    const bytes = await deps.manifestFiles.get(reference, source.manifestDigest, call);
    return layersOfManifest(bytes).find((layer) => layer.digest === source.layerDigest);
  } catch (err) {
    if (!(err instanceof RegistryError) || err.code !== 'NOT_FOUND') throw err;
    deps.logger.debug({ err, layer: source.layerDigest }, 'the registry does not have the manifest');
    return undefined;
  }
}

async function firstMatch<T, R>(
  items: readonly T[],
  find: (item: T) => Promise<R | undefined>,
): Promise<R | undefined> {
  for (const item of items) {
    const found = await find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownFormat(formats: readonly LayerFormat[], source: LayerSource): NotLazyError {
  const names = formats.map((format) => format.name).join(', ');
  return new NotLazyError(
    'unsupported-format',
    `layer ${source.layerDigest} of ${source.reference} is none of: ${names}; convert the image to have it mounted lazily`,
  );
}
