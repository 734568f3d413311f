import type { Logger } from '@sluice/snapshotter-core';
import type { FetchScheduler } from './fetch-scheduler.ts';
import type { LayerFetcher } from './layer-fetcher.ts';

/**
 * Brings the rest of the layers that are in use, one after another, in the order of the blob, while it is quiet.
 * A layer of which something could not be had is tried again later, then less and less often.
 */
export interface BackgroundFetch extends Disposable {
  /** Disposing the result takes the layer out again. */
  add(layer: BackgroundLayer): Disposable;
}

export interface BackgroundLayer {
  readonly digest: string;
  readonly chunkCount: number;
  readonly fetcher: LayerFetcher;
}

export interface BackgroundFetchDeps {
  readonly scheduler: FetchScheduler;
  readonly logger: Logger;
  /** Whether the disk has room for more that nobody has asked for. */
  hasRoom(): boolean;
}

interface Member {
  readonly layer: BackgroundLayer;
  readonly left: AbortController;
  failures: number;
  notBefore: number;
}

/** Chunks that are looked up, and asked for, at one time: some MB of small files. */
const chunksAStep = 1024;
const firstPauseMs = 5000;
const longestPauseMs = 10 * 60 * 1000;

export function createBackgroundFetch(deps: BackgroundFetchDeps): BackgroundFetch {
  const members = new Set<Member>();
  const closing = new AbortController();
  let running = false;
  let wake: NodeJS.Timeout | undefined;

  const finish = async ({ layer, left }: Member): Promise<boolean> => {
    const { fetcher, chunkCount } = layer;
    const signal = AbortSignal.any([left.signal, closing.signal]);
    let failed = 0;
    for (let at = 0; at < chunkCount; at += chunksAStep) {
      await deps.scheduler.quiet({ signal });
      if (!deps.hasRoom()) return false;
      const count = Math.min(chunksAStep, chunkCount - at);
      const chunks = Array.from({ length: count }, (_, step) => fetcher.order.chunkAt(at + step));
      failed += (await fetcher.bring(chunks, 'background', { signal })).failed;
    }
    return failed === 0;
  };

  const attempt = async (member: Member) => {
    const { digest } = member.layer;
    try {
      if (await finish(member)) {
        members.delete(member);
        deps.logger.debug({ layer: digest }, 'the whole layer is here');
        return;
      }
    } catch (err) {
      if (!members.has(member)) return;
      deps.logger.debug({ err, layer: digest }, 'the rest of a layer is fetched later');
    }
    const pauseMs = Math.min(firstPauseMs * 2 ** member.failures++, longestPauseMs);
    member.notBefore = performance.now() + pauseMs;
  };

  const run = async () => {
    if (running) return;
    running = true;
    clearTimeout(wake);
    while (!closing.signal.aborted) {
      const due = [...members].find((member) => member.notBefore <= performance.now());
      if (!due) break;
      await attempt(due);
    }
    running = false;
    const next = Math.min(...[...members].map((member) => member.notBefore));
    if (Number.isFinite(next) && !closing.signal.aborted) {
      wake = setTimeout(() => void run(), Math.max(0, next - performance.now()) + 1).unref();
    }
  };

  return {
    add(layer) {
      const member = { layer, left: new AbortController(), failures: 0, notBefore: 0 };
      members.add(member);
      void run();
      return {
        [Symbol.dispose]() {
          members.delete(member);
          member.left.abort(new Error('the layer was unmounted'));
        },
      };
    },
    [Symbol.dispose]() {
      closing.abort(new Error('the daemon is stopping'));
      clearTimeout(wake);
    },
  };
}
