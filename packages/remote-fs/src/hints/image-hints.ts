import type { Logger } from '@sluice/snapshotter-core';
import type { HintedLayer } from './hinted-layer.ts';
import { createStartHints, type StartHints, type StartHintsOptions } from './start-hints.ts';

/** Fetches what the files of an image that starts name, before it is read: for images of which nothing was learned. */
export interface ImageHints extends Disposable {
  /**
   * Says that a layer was mounted for an image that is about to be started, the lowest first, until the result is
   * disposed. Nothing is done before something is read, and after the start is over.
   */
  mounted(image: string, layer: HintedLayer): Disposable;
}

export interface ImageHintsOptions extends StartHintsOptions {
  /** A start is over when nothing new was read for so many milliseconds. Default 10 000. */
  readonly settledMs?: number;
  /** Or after so many. Default 5 minutes. */
  readonly longestMs?: number;
}

interface Start {
  readonly hints: StartHints;
  readonly layers: Map<HintedLayer, Disposable>;
  beganAt: number | undefined;
  changedAt: number;
}

/** A small part of a round trip. Costs a look at a counter a layer. */
const lookEveryMs = 5;

export function createImageHints(
  { logger }: { readonly logger: Logger },
  { settledMs = 10_000, longestMs = 5 * 60_000, ...options }: ImageHintsOptions = {},
): ImageHints {
  const starts = new Map<string, Start>();
  let timer: NodeJS.Timeout | undefined;

  const end = (image: string, { layers }: Start) => {
    starts.delete(image);
    for (const listening of layers.values()) listening[Symbol.dispose]();
  };

  const look = (start: Start) => {
    if (start.hints.look()) start.changedAt = performance.now();
  };

  const lookAll = () => {
    const now = performance.now();
    for (const [image, start] of starts) {
      if (start.beganAt === undefined) continue;
      look(start);
      if (now - start.changedAt >= settledMs || now - start.beganAt >= longestMs) end(image, start);
    }
    if ([...starts.values()].some(({ beganAt }) => beganAt !== undefined)) return;
    clearInterval(timer);
    timer = undefined;
  };

  const onMiss = (start: Start) => {
    const now = performance.now();
    start.beganAt ??= now;
    start.changedAt = now;
    timer ??= setInterval(lookAll, lookEveryMs).unref();
    look(start);
  };

  const startOf = (image: string): Start => {
    const start = starts.get(image) ?? {
      hints: createStartHints({ logger }, options),
      layers: new Map(),
      beganAt: undefined,
      changedAt: 0,
    };
    starts.set(image, start);
    return start;
  };

  return {
    mounted(image, layer) {
      const start = startOf(image);
      if (!start.layers.has(layer)) {
        start.hints.add(layer);
        const arrived = (chunk: number, bytes: Uint8Array) => {
          if (start.beganAt !== undefined) start.hints.arrived(layer, chunk, bytes);
        };
        start.layers.set(layer, layer.watch({ missed: () => onMiss(start), arrived }));
      }
      return {
        [Symbol.dispose]() {
          start.layers.get(layer)?.[Symbol.dispose]();
          start.layers.delete(layer);
          start.hints.remove(layer);
          if (start.layers.size === 0 && starts.get(image) === start) end(image, start);
        },
      };
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const [image, start] of [...starts]) end(image, start);
    },
  };
}
