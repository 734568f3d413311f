import { parseImageReference, type RegistryClient, RegistryError } from '@sluice/registry';
import type { CallOptions, Logger } from '@sluice/snapshotter-core';
import { createSharedTask, type SharedTask } from '../fetch/shared-task.ts';
import type { LayerSource } from '../labels/layer-source.ts';
import { manifestsOfIndex } from './image-index.ts';
import { type LayerDescriptor, layersOfManifest } from './layer-descriptor.ts';
import type { ManifestFiles } from './manifest-files.ts';

/** What the manifests of images say of their layers. */
export interface ImageLayers {
  /**
   * The descriptor of a layer: from the manifest that the labels name; else from the one that the image reference
   * names now, if that has the layer. Then nothing vouches for it but the registry: it tells where to look, not what
   * to believe.
   *
   * @returns undefined where no manifest is to be had that names the layer
   * @throws RegistryError if the registry cannot be asked for the manifest that the labels name; the signal's reason
   */
  find(source: LayerSource, options?: CallOptions): Promise<LayerDescriptor | undefined>;
}

export interface ImageLayersDeps {
  readonly registry: RegistryClient;
  readonly manifestFiles: ManifestFiles;
  readonly logger: Logger;
}

type Layers = readonly LayerDescriptor[];

/** The layers of an image are asked for one after another; a tag may move meanwhile, so not for long. */
const rememberedMs = 60_000;
const maxRemembered = 64;

export function createImageLayers({ registry, manifestFiles, logger }: ImageLayersDeps): ImageLayers {
  const resolved = new Map<string, { readonly task: SharedTask<readonly Layers[]>; readonly at: number }>();

  const ofManifest = async (source: LayerSource, digest: string, call: CallOptions): Promise<Layers> => {
    try {
      const reference = parseImageReference(source.reference);
      return layersOfManifest(await manifestFiles.get(reference, digest, call));
    } catch (err) {
      if (!(err instanceof RegistryError) || err.code !== 'NOT_FOUND') throw err;
      logger.debug({ err, layer: source.layerDigest }, 'the registry does not have the manifest');
      return [];
    }
  };

  const resolve = async (text: string, signal: AbortSignal): Promise<readonly Layers[]> => {
    const reference = parseImageReference(text);
    const { bytes } = await registry.resolve(reference, { signal });
    const manifests = manifestsOfIndex(bytes);
    if (!manifests) return [layersOfManifest(bytes)];
    const all = manifests.map((digest) => manifestFiles.get(reference, digest, { signal }));
    return (await Promise.all(all)).map(layersOfManifest);
  };

  const remembered = (text: string): SharedTask<readonly Layers[]> => {
    const known = resolved.get(text);
    if (known && !known.task.abandoned && performance.now() - known.at < rememberedMs) return known.task;
    const task = createSharedTask((signal) => resolve(text, signal));
    resolved.delete(text);
    resolved.set(text, { task, at: performance.now() });
    if (resolved.size > maxRemembered) resolved.delete(resolved.keys().next().value!);
    return task;
  };

  const ofReference = async ({ reference, layerDigest }: LayerSource, call: CallOptions): Promise<Layers> => {
    try {
      const images = await remembered(reference).wait(call);
      return images.find((layers) => layers.some(({ digest }) => digest === layerDigest)) ?? [];
    } catch (err) {
      call.signal?.throwIfAborted();
      logger.debug(
        { err, reference },
        'the image has no manifest to be had: its layers are looked at one by one',
      );
      return [];
    }
  };

  return {
    async find(source, call = {}) {
      const { manifestDigest, layerDigest } = source;
      const layers = manifestDigest
        ? await ofManifest(source, manifestDigest, call)
        : await ofReference(source, call);
      return layers.find(({ digest }) => digest === layerDigest);
    },
  };
}
