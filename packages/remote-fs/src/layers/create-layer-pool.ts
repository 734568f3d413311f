import { parseImageReference, type RegistryClient } from '@sluice/registry';
import type { CallOptions, Logger } from '@sluice/snapshotter-core';
import type { ContentStore } from '../content-store/content-store.ts';
import type { BackgroundFetch } from '../fetch/background-fetch.ts';
import { createChunkFlights } from '../fetch/chunk-flights.ts';
import { createEagerFetch } from '../fetch/create-eager-fetch.ts';
import { createLayerFetcher } from '../fetch/create-layer-fetcher.ts';
import type { FetchScheduler } from '../fetch/fetch-scheduler.ts';
import { createPresence, type Presence } from '../fetch/presence.ts';
import { createSharedTask, type SharedTask } from '../fetch/shared-task.ts';
import { createHintedLayer } from '../hints/create-hinted-layer.ts';
import type { LayerWatcher } from '../hints/hinted-layer.ts';
import type { LayerSource } from '../labels/layer-source.ts';
import type { RemoteFsMetrics } from '../remote-fs-metrics.ts';
import type { LayerKey } from './layer-key.ts';
import type { LayerOpener } from './layer-opener.ts';
import type { LayerPool } from './layer-pool.ts';
import { createLayerSurvey } from './layer-survey.ts';
import type { LayerLease, OpenLayer } from './open-layer.ts';
import { createSourceBlob, type SourceBlob } from './source-blob.ts';

export interface LayerPoolDeps {
  readonly opener: LayerOpener;
  readonly registry: RegistryClient;
  readonly store: ContentStore;
  readonly scheduler: FetchScheduler;
  /** Fetches the rest of layers in use when it is quiet; undefined if that is not wanted. */
  readonly background?: BackgroundFetch | undefined;
  /** Whether to fetch at once what an image's builder marked for that. */
  readonly prefetch: boolean;
  readonly logger: Logger;
  readonly metrics: RemoteFsMetrics;
}

/** A layer in the pool with what only the pool uses. */
interface Opened extends OpenLayer, Disposable {
  readonly presence: Presence;
  readonly blob: SourceBlob;
}

interface Entry {
  readonly opening: SharedTask<Opened>;
  opened?: Opened;
  users: number;
}

type OnOpened = Parameters<LayerPool['anticipate']>[1];

const anticipatedAtOnce = 8;
const maxAnticipated = 256;
/** Clients ask for the layers of an image one after another, and wait for some that are not lazy. */
const keptMs = 10_000;
const surveyDelayMs = 500;

export function createLayerPool(deps: LayerPoolDeps): LayerPool {
  const shared = { flights: createChunkFlights(), scheduler: deps.scheduler };
  const entries = new Map<string, Entry>();
  const anticipated = new Set<string>();
  const survey = createLayerSurvey(deps, { delayMs: surveyDelayMs });
  const closing = new AbortController();

  const openLayer = async (key: LayerKey, source: LayerSource, signal: AbortSignal): Promise<Opened> => {
    const { index, durable } = await deps.opener.open(key, source, { signal });
    const { layerDigest } = key;
    const blob = createSourceBlob(deps, { layerDigest, sizeBytes: index.blobSize });
    const presence = createPresence(index);
    const { store, logger, metrics } = deps;
    const reads = new Int32Array(new SharedArrayBuffer(4 * (1 + index.chunkCount)));
    const wasRead = (chunk: number) => Atomics.load(reads, 1 + chunk) > 0;
    const watchers = new Set<LayerWatcher>();
    const decoded = (chunk: number, bytes: Uint8Array) => {
      for (const watcher of watchers) watcher.arrived(chunk, bytes);
    };
    const known = { layerDigest, index, blob, presence, wasRead, decoded };
    const context = { ...shared, ...known, store, logger, metrics };
    const fetcher = createLayerFetcher(context);
    const eager = createEagerFetch(deps, { layerDigest, index, fetcher });
    survey.add({ index, presence });
    return {
      digest: layerDigest,
      index,
      durable,
      blob,
      presence,
      begin: eager.begin,
      bringRanges: eager.bringRanges,
      hinted: createHintedLayer({ context, fetcher, reads, watchers }),
      reads,
      [Symbol.dispose]() {
        eager[Symbol.dispose]();
        fetcher[Symbol.dispose]();
      },
      totalBytes: index.contents.size.reduce((sum, size) => sum + size, 0),
      present: presence.count,
      source: {
        tree: index,
        content: {
          directory: store.directory,
          sealSalt: store.sealSalt,
          contents: index.contents,
          chunkOffset: index.chunks.contentOffset,
          present: presence.bits,
          removals: store.removals,
          reads,
        },
        fill(...missing) {
          // It is under way before what it hints at.
          const filled = fetcher.fill(...missing);
          for (const watcher of watchers) watcher.missed();
          return filled;
        },
      },
    };
  };

  const leave = (name: string, entry: Entry) => {
    if (--entry.users > 0) return;
    if (entries.get(name) === entry) entries.delete(name);
    entry.opened?.[Symbol.dispose]();
  };

  const enter = (key: LayerKey, source: LayerSource): { name: string; entry: Entry } => {
    const name = `${key.layerDigest} ${key.trust}`;
    const known = entries.get(name);
    const entry =
      known && !known.opening.abandoned
        ? known
        : { opening: createSharedTask((signal) => openLayer(key, source, signal)), users: 0 };
    entries.set(name, entry);
    entry.users++;
    return { name, entry };
  };

  const acquire = async (source: LayerSource, options: CallOptions = {}): Promise<LayerLease> => {
    const reference = parseImageReference(source.reference);
    const key = await deps.opener.keyOf(source, options);
    const { name, entry } = enter(key, source);
    try {
      const layer = await entry.opening.wait(options);
      entry.opened ??= layer;
      layer.blob.addSource(reference);
      return leaseOf(layer, () => leave(name, entry));
    } catch (error) {
      leave(name, entry);
      throw error;
    }
  };

  /** Until it is asked for, perhaps. */
  const keepForAWhile = (lease: LayerLease) => {
    const release = () => {
      clearTimeout(timer);
      closing.signal.removeEventListener('abort', release);
      lease[Symbol.dispose]();
    };
    const timer = setTimeout(release, keptMs).unref();
    closing.signal.addEventListener('abort', release);
  };

  const anticipateAll = async (sources: LayerSource[], onOpened: OnOpened | undefined) => {
    for (let source = sources.shift(); source && !closing.signal.aborted; source = sources.shift()) {
      try {
        const call = { signal: closing.signal };
        const lease = await acquire(await deps.opener.describe(source, call), call);
        keepForAWhile(lease);
        onOpened?.(source, lease.layer);
      } catch (err) {
        deps.logger.debug({ err, layer: source.layerDigest }, 'a layer could not be opened ahead of time');
      }
    }
  };

  return {
    acquire,
    anticipate(source, onOpened) {
      const image = source.manifestDigest ?? source.reference;
      if (anticipated.has(image)) return;
      anticipated.add(image);
      if (anticipated.size > maxAnticipated) anticipated.delete(anticipated.values().next().value!);
      const others = source.layers
        .filter((digest) => digest !== source.layerDigest)
        .map((layerDigest) => ({ ...source, layerDigest, annotations: {} }));
      for (let i = 0; i < anticipatedAtOnce; i++) void anticipateAll(others, onOpened);
    },
    forget(names) {
      for (const { opened } of entries.values()) opened?.presence.removeContents(names);
    },
    open: () => [...entries.values()].flatMap((entry) => entry.opened ?? []),
    [Symbol.dispose]() {
      closing.abort(new Error('the daemon is stopping'));
      survey[Symbol.dispose]();
    },
  };
}

function leaseOf(layer: OpenLayer, onDispose: () => void): LayerLease {
  let held = true;
  return {
    layer,
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      onDispose();
    },
  };
}
