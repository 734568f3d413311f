import type { LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import type { BackgroundFetch } from './background-fetch.ts';
import type { LayerFetcher } from './layer-fetcher.ts';

export interface EagerFetchDeps {
  readonly logger: Logger;
  /** Undefined if the rest of the layer is not to be fetched. */
  readonly background?: BackgroundFetch | undefined;
  /** Whether to fetch at once what an image's builder marked for that. */
  readonly prefetch: boolean;
}

/** What is fetched of one layer before anybody asks for it. */
export interface EagerFetch extends Disposable {
  /** Begins, the first time it is called: the prefetch at once, then the background. */
  begin(): void;
}

export function createEagerFetch(
  deps: EagerFetchDeps,
  layer: { readonly layerDigest: string; readonly index: LayerIndex; readonly fetcher: LayerFetcher },
): EagerFetch {
  const { layerDigest, index, fetcher } = layer;
  let begun = false;
  let membership: Disposable | undefined;

  const prefetch = async () => {
    const count = fetcher.order.firstFrom(index.prefetchEnd);
    const chunks = Array.from({ length: count }, (_, position) => fetcher.order.chunkAt(position));
    const { failed } = await fetcher.bring(chunks, 'ahead');
    deps.logger.debug({ layer: layerDigest, chunks: count, failed }, 'a layer was prefetched');
  };

  return {
    begin() {
      if (begun) return;
      begun = true;
      // It rejects only where the layer is unmounted meanwhile.
      if (deps.prefetch && index.prefetchEnd > 0) prefetch().catch(() => {});
      membership = deps.background?.add({ digest: layerDigest, chunkCount: index.chunkCount, fetcher });
    },
    [Symbol.dispose]() {
      begun = true;
      membership?.[Symbol.dispose]();
    },
  };
}
