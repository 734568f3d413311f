import { join } from 'node:path';
import { createEstargzFormat } from '@sluice/layer';
import type { RegistryClient } from '@sluice/registry';
import type { Logger } from '@sluice/snapshotter-core';
import { createContentStore } from '../src/content-store/create-content-store.ts';
import { createFetchScheduler } from '../src/fetch/create-fetch-scheduler.ts';
import { createLayerPool } from '../src/layers/create-layer-pool.ts';
import { createImageLayers } from '../src/layers/image-layers.ts';
import { createIndexFiles } from '../src/layers/index-files.ts';
import { createLayerOpener } from '../src/layers/layer-opener.ts';
import type { LayerPool } from '../src/layers/layer-pool.ts';
import { createManifestFiles } from '../src/layers/manifest-files.ts';
import { createMetricsKeeper } from './test-layer.ts';

/** A pool with a root directory, as a daemon has it. */
export function openTestPool(
  root: string,
  { registry, logger }: { readonly registry: RegistryClient; readonly logger: Logger },
  { allowUnverified = false }: { readonly allowUnverified?: boolean } = {},
): LayerPool {
  const indexFiles = createIndexFiles({ logger }, { directory: join(root, 'layers') });
  const manifestFiles = createManifestFiles({ registry }, { directory: join(root, 'manifests') });
  const imageLayers = createImageLayers({ registry, manifestFiles, logger });
  const formats = [createEstargzFormat()];
  const opener = createLayerOpener({ registry, formats, indexFiles, imageLayers }, { allowUnverified });
  const store = createContentStore({ logger }, { directory: join(root, 'content') });
  return createLayerPool({
    opener,
    registry,
    store,
    scheduler: createFetchScheduler(),
    prefetch: true,
    logger,
    metrics: createMetricsKeeper(),
  });
}
