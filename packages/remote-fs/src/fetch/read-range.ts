import type { BlobReadOptions } from '@sluice/layer';
import type { FetchContext } from './fetch-context.ts';

/**
 * Reads a range of the layer's blob, and counts it.
 *
 * @throws what keeps the bytes away
 */
export async function readRange(
  { blob, metrics }: FetchContext,
  { offset, length }: { readonly offset: number; readonly length: number },
  options: BlobReadOptions & { readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const began = performance.now();
  const report = (failed: boolean) =>
    metrics.rangeFetched({ bytes: length, durationMs: performance.now() - began, failed });
  try {
    const bytes = await blob.read(offset, length, options);
    report(false);
    return bytes;
  } catch (error) {
    if (!options.signal.aborted) report(true);
    throw error;
  }
}
