import { chunkRange, type LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import type { BlobRange } from '../profiles/profile.ts';
import { chunksOfRanges } from '../profiles/read-ranges.ts';
import type { BackgroundFetch } from './background-fetch.ts';
import type { LayerFetcher } from './layer-fetcher.ts';

/**
 * Of a profile, what is read first comes first; within a step, neighbours share a request. Steps double in size: the
 * first reads come early, and later ones cost few requests.
 */
const stepBytes = { first: 1024 * 1024, longest: 8 * 1024 * 1024 };
/** Steps that are under way at one time, so that the link never waits for the end of one. */
const stepsAtOnce = 2;

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
  /** Begins to fetch ranges of the blob, some MB of them after the other, in that order. */
  bringRanges(ranges: readonly BlobRange[]): void;
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
    const { failed } = await fetcher.bring(chunks, 'planned');
    deps.logger.debug({ layer: layerDigest, chunks: count, failed }, 'a layer was prefetched');
  };

  const replay = async (chunks: readonly number[]) => {
    const left = stepsOf(index, chunks).values();
    const bringNext = async () => {
      for (const step of left) await fetcher.bring(step, 'planned');
    };
    await Promise.all(Array.from({ length: stepsAtOnce }, bringNext));
    deps.logger.debug({ layer: layerDigest, chunks: chunks.length }, 'what a start reads was fetched');
  };

  return {
    bringRanges: (ranges) =>
      void replay(chunksOfRanges(fetcher.order, index.chunkCount, ranges)).catch(() => {}),
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

function stepsOf(index: LayerIndex, chunks: readonly number[]): readonly (readonly number[])[] {
  const steps: number[][] = [[]];
  let bytes = 0;
  let wanted = stepBytes.first;
  for (const chunk of chunks) {
    if (bytes >= wanted) {
      steps.push([]);
      bytes = 0;
      wanted = Math.min(wanted * 2, stepBytes.longest);
    }
    steps.at(-1)!.push(chunk);
    bytes += chunkRange(index, chunk).length;
  }
  return steps;
}
