import { setTimeout as delay } from 'node:timers/promises';
import { contentChunks, type LayerIndex } from '@sluice/layer';
import type { Logger } from '@sluice/snapshotter-core';
import type { ContentStore } from '../content-store/content-store.ts';
import type { Presence } from '../fetch/presence.ts';

/**
 * Finds out which contents of newly opened layers are complete on this machine already, because of an earlier
 * life of the daemon or of another layer. For statistics only: reads find that out for themselves. So it starts
 * late, lists the store once for many layers, and yields often.
 */
export interface LayerSurvey extends Disposable {
  add(layer: SurveyedLayer): void;
}

export interface SurveyedLayer {
  readonly index: LayerIndex;
  readonly presence: Presence;
}

const contentsBetweenYields = 5000;

export function createLayerSurvey(
  deps: { store: ContentStore; logger: Logger },
  options: { delayMs: number },
): LayerSurvey {
  const stopping = new AbortController();
  let waiting: SurveyedLayer[] = [];

  const run = async () => {
    await delay(options.delayMs, undefined, { signal: stopping.signal, ref: false });
    const layers = waiting;
    waiting = [];
    const removals = Atomics.load(deps.store.removals, 0);
    const names = await deps.store.list();
    if (names.size === 0) return;
    const holds = () => Atomics.load(deps.store.removals, 0) === removals;
    for (const layer of layers) await mark(layer, { names, holds }, stopping.signal);
  };

  return {
    add(layer) {
      waiting.push(layer);
      if (waiting.length > 1) return;
      run().catch((err: unknown) => {
        if (!stopping.signal.aborted) deps.logger.warn({ err }, 'the content store cannot be listed');
      });
    },
    [Symbol.dispose]() {
      stopping.abort();
    },
  };
}

async function mark(
  { index, presence }: SurveyedLayer,
  listed: { readonly names: ReadonlySet<string>; holds(): boolean },
  signal: AbortSignal,
): Promise<void> {
  const digests = Buffer.from(index.contents.digest.buffer, index.contents.digest.byteOffset);
  for (let content = 0; content < index.contentCount; content++) {
    if (content % contentsBetweenYields === 0) await delay(0, undefined, { signal });
    if (!listed.holds()) return;
    if (presence.has(contentChunks(index, content).first)) continue;
    if (listed.names.has(digests.toString('hex', content * 32, content * 32 + 32)))
      presence.addContent(content);
  }
}
