import { chunkAt } from '@sluice/layer';
import { createBlobOrder } from './blob-order.ts';
import { bringAhead } from './bring-ahead.ts';
import { bringForReader } from './bring-for-reader.ts';
import type { FetchContext } from './fetch-context.ts';
import type { LayerFetcher } from './layer-fetcher.ts';
import { createReadAhead, type ReadAheadOptions } from './read-ahead.ts';

export function createLayerFetcher(
  context: FetchContext,
  options: { readonly readAhead?: ReadAheadOptions } = {},
): LayerFetcher {
  const { index, metrics } = context;
  const order = createBlobOrder(index);
  const readAhead = createReadAhead({ index, order, wasRead: context.wasRead }, options.readAhead);
  const closing = new AbortController();
  const bring: LayerFetcher['bring'] = (chunks, priority, { signal } = {}) => {
    const signals = [closing.signal, ...(signal ? [signal] : [])];
    return bringAhead(context, chunks, { priority, signal: AbortSignal.any(signals) });
  };
  const work = {
    context,
    readAhead,
    closing: closing.signal,
    /** Errors come up again when somebody reads what is missing. */
    bringSoon: (chunks: readonly number[]) => void bring(chunks, 'ahead').catch(() => {}),
  };

  return {
    order,
    async fill(content, offset, length, fillOptions = {}) {
      const began = performance.now();
      const report = (failed: boolean) =>
        metrics.readMissed({ durationMs: performance.now() - began, failed });
      const from = chunkAt(index, content, offset);
      const to = chunkAt(index, content, offset + Math.max(length, 1) - 1);
      const chunks = Array.from({ length: to - from + 1 }, (_, at) => from + at);
      try {
        const asBytes = fillOptions.again ?? false;
        const wanted = { content, chunks, offset, length, asBytes };
        const bytes = await bringForReader(work, wanted, fillOptions);
        report(false);
        return bytes;
      } catch (error) {
        if (!fillOptions.signal?.aborted) report(true);
        throw error;
      }
    },
    bring,
    [Symbol.dispose]() {
      closing.abort(new Error('the layer was unmounted'));
    },
  };
}
