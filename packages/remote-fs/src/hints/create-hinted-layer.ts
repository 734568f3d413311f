import type { FetchContext } from '../fetch/fetch-context.ts';
import { shapeOf } from '../fetch/fetch-context.ts';
import type { LayerFetcher } from '../fetch/layer-fetcher.ts';
import type { HintedLayer, LayerWatcher } from './hinted-layer.ts';

export interface HintedLayerDeps {
  readonly context: Pick<FetchContext, 'layerDigest' | 'index' | 'presence' | 'store'>;
  readonly fetcher: Pick<LayerFetcher, 'bring'>;
  /** See `ContentTable.reads` of `@sluice/fuse`. */
  readonly reads: Int32Array;
  /** Whoever watches the layer: is to be told. */
  readonly watchers: Set<LayerWatcher>;
}

/** A layer as its hints see it. */
export function createHintedLayer({ context, fetcher, reads, watchers }: HintedLayerDeps): HintedLayer {
  const { layerDigest, index, presence, store } = context;
  return {
    digest: layerDigest,
    index,
    reads,
    isHere: presence.has,
    async read(content, offset, length) {
      try {
        await using opened = await store.open(shapeOf(index, content));
        return await opened.read(offset, length);
      } catch {
        return new Uint8Array(0);
      }
    },
    bring: (chunks) =>
      fetcher.bring(chunks, 'hinted').then(
        () => {},
        // It comes up again when somebody reads what is missing.
        () => {},
      ),
    watch(watcher) {
      watchers.add(watcher);
      return {
        [Symbol.dispose]() {
          watchers.delete(watcher);
        },
      };
    },
  };
}
