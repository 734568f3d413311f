import type { LayerFormat } from '@sluice/layer';
import { parseImageReference, type RegistryClient } from '@sluice/registry';
import { type CallOptions, NotLazyError } from '@sluice/snapshotter-core';
import type { LayerSource } from '../labels/layer-source.ts';
import { tocDigest } from '../labels/toc-digest.ts';
import type { ImageLayers } from './image-layers.ts';
import type { IndexFiles, SavedIndex } from './index-files.ts';
import { type LayerKey, layerKey } from './layer-key.ts';

/** Finds the index of a layer. */
export interface LayerOpener {
  /** What names the index. Asks for the manifest if the labels alone do not say. @throws as `open` */
  keyOf(source: LayerSource, options?: CallOptions): Promise<LayerKey>;

  /**
   * The index: as saved, else read from the registry, verified and saved.
   *
   * @throws NotLazyError 'unsupported-format'; LayerError; RegistryError; the signal's reason
   */
  open(key: LayerKey, source: LayerSource, options?: CallOptions): Promise<SavedIndex>;

  /**
   * The source with the annotations that the image's manifest has for the layer, as labels would bring them. An index
   * that they vouch for is used only for labels that vouch for the same one.
   */
  describe(source: LayerSource, options?: CallOptions): Promise<LayerSource>;
}

export interface LayerOpenerDeps {
  readonly registry: RegistryClient;
  readonly formats: readonly LayerFormat[];
  readonly indexFiles: IndexFiles;
  readonly imageLayers: ImageLayers;
}

export function createLayerOpener(
  deps: LayerOpenerDeps,
  options: { readonly allowUnverified: boolean },
): LayerOpener {
  const { allowUnverified } = options;

  const open = async (key: LayerKey, source: LayerSource, call: CallOptions): Promise<SavedIndex> => {
    const saved = await deps.indexFiles.load(key);
    if (saved) return { index: saved, durable: Promise.resolve() };
    const reference = parseImageReference(source.reference);
    const described = await deps.imageLayers.find(source, call);
    const sized = described ? { size: described.sizeBytes, ...call } : call;
    const blob = await deps.registry.openBlob(reference, source.layerDigest, sized);
    // Nothing vouches for the manifest that a reference leads to; a wrong size does no harm.
    const vouched = source.manifestDigest ? described?.annotations : {};
    const hints = { annotations: { ...vouched, ...source.annotations }, allowUnverified };
    const index = await firstMatch(deps.formats, (format) => format.open(blob, hints, call));
    if (!index) throw unknownFormat(deps.formats, source);
    return await deps.indexFiles.save(key, index, {
      reference: source.reference,
      format: index.format,
      blobSizeBytes: index.blobSize,
      tocDigest: tocDigest(hints.annotations),
    });
  };

  return {
    async keyOf(source, call = {}) {
      const known = tocDigest(source.annotations);
      if (known || !source.manifestDigest) return layerKey(source.layerDigest, known, allowUnverified);
      const described = await deps.imageLayers.find(source, call);
      return layerKey(source.layerDigest, tocDigest(described?.annotations ?? {}), allowUnverified);
    },
    open: (key, source, call = {}) => open(key, source, call),
    async describe(source, call = {}) {
      const described = await deps.imageLayers.find(source, call);
      return { ...source, annotations: described?.annotations ?? {} };
    },
  };
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
