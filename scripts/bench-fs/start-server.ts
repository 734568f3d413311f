import type { BenchSize } from './bench-tree.ts';
import type { MeasureDeps } from './measure-subject.ts';
import type { StargzProgram } from './stargz/find-stargz.ts';
import { type PublishedLayer, publishLayer } from './stargz/publish-layer.ts';
import { startStargz } from './stargz/start-stargz.ts';
import { startDriver } from './start-driver.ts';

export interface Places {
  /** Of this run, removed afterwards. */
  readonly base: string;
  readonly plain: string;
  readonly content: string;
}

export interface ServerStarter extends AsyncDisposable {
  readonly start: MeasureDeps['start'];
}

/**
 * Starts the servers of subjects. The layer for the stargz snapshotter is made when it is first needed, once.
 *
 * @param stargz finds its program, or throws
 */
export function createServerStarter(
  size: BenchSize,
  places: Places,
  stargz: () => StargzProgram,
): ServerStarter {
  let published: Promise<PublishedLayer> | undefined;
  return {
    async start({ server }, warm) {
      if (server === undefined) return undefined;
      if (server !== 'stargz') return await startDriver({ driver: server, size, warm }, places);
      const program = stargz();
      published ??= publishLayer(size, places);
      return await startStargz({ program, layer: await published, base: places.base, warm });
    },
    async [Symbol.asyncDispose]() {
      await (await published)?.[Symbol.asyncDispose]();
    },
  };
}
