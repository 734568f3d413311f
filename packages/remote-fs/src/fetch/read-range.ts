import type { FetchContext } from './fetch-context.ts';

/**
 * Reads a range of the layer's blob, and counts it.
 *
 * @param options.onBytes is told of the bytes as they come in, the whole range at the end
 * @throws what keeps the bytes away
 */
export async function readRange(
  { blob, metrics }: FetchContext,
  { offset, length }: { readonly offset: number; readonly length: number },
  options: { readonly signal: AbortSignal; onBytes(bytes: Uint8Array, filled: number): void },
): Promise<void> {
  const began = performance.now();
  const report = (failed: boolean) =>
    metrics.rangeFetched({ bytes: length, durationMs: performance.now() - began, failed });
  try {
    const bytes = await blob.read(offset, length, options);
    report(false);
    options.onBytes(bytes, length);
  } catch (error) {
    if (!options.signal.aborted) report(true);
    throw error;
  }
}
