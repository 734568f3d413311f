import { join } from 'node:path';
import type { FuseDriver } from '@sluice/fuse';
import type { LayerFormat } from '@sluice/layer';
import type { RegistryClient } from '@sluice/registry';
import { type CallOptions, type Labels, type Logger, NotLazyError } from '@sluice/snapshotter-core';
import { createContentStore } from './content-store/create-content-store.ts';
import type { ContentBounds } from './content-store/evictor.ts';
import type { ReverifyContents } from './content-store/sealing.ts';
import { verifyContents } from './content-store/verify-contents.ts';
import { createBackgroundFetch } from './fetch/background-fetch.ts';
import { createFetchScheduler } from './fetch/create-fetch-scheduler.ts';
import { createImageHints } from './hints/image-hints.ts';
import type { LayerSource } from './labels/layer-source.ts';
import { parseLayerSource } from './labels/parse-layer-source.ts';
import { createLayerPool } from './layers/create-layer-pool.ts';
import { createImageLayers } from './layers/image-layers.ts';
import { createIndexFiles } from './layers/index-files.ts';
import { createLayerOpener } from './layers/layer-opener.ts';
import { createManifestFiles } from './layers/manifest-files.ts';
import type { LayerLease, OpenLayer } from './layers/open-layer.ts';
import { createLayerMounts, type Survival } from './mounts/create-layer-mounts.ts';
import { detachStaleMounts } from './mounts/detach-stale-mounts.ts';
import { createKeyedLock } from './mounts/keyed-lock.ts';
import { toNotLazyError } from './mounts/to-not-lazy-error.ts';
import { createProfiles, type Profiles, type ProfilesOptions } from './profiles/create-profiles.ts';
import type { ProfileArtifacts } from './profiles/profile-artifacts.ts';
import type { ProfileStore } from './profiles/profile-store.ts';
import type { RemoteFileSystem } from './remote-file-system.ts';
import { RemoteFsError } from './remote-fs-error.ts';
import type { RemoteFsMetrics } from './remote-fs-metrics.ts';

export interface RemoteFileSystemDeps {
  readonly registry: RegistryClient;
  /** Tried in this order. */
  readonly formats: readonly LayerFormat[];
  readonly driver: FuseDriver;
  readonly logger: Logger;
  readonly metrics: RemoteFsMetrics;
  /** Where what starts of images read is kept, and looked for. Without it, nothing is learned. */
  readonly profileStore?: ProfileStore | undefined;
  /** Where to look for the profile of an image that has none here, while its layers are mounted. Default: nowhere. */
  readonly profileArtifacts?: Pick<ProfileArtifacts, 'find'> | undefined;
  /** Lets what is mounted outlive this process. Its driver is `driver`, or the one behind it. */
  readonly survival?: Survival | undefined;
}

export interface RemoteFileSystemOptions {
  /** Holds `content/`, `layers/` and `manifests/`, which are made as they are needed. A local file system. */
  readonly root: string;
  /** Mount layers too whose index or contents nothing vouches for. Default false. */
  readonly allowUnverified?: boolean;
  readonly fetch?: FetchOptions;
  readonly content?: ContentBounds & {
    /** Which contents of earlier processes to verify again before they are used. Default `changed`. */
    readonly reverify?: ReverifyContents;
    /** Bytes in memory of what was fetched and cannot be stored, for a while. Default 32 MiB. */
    readonly unstoredBytes?: number;
  };
  /** How to learn what starts of images read; of no use without `profileStore`. */
  readonly profiles?: ProfilesOptions;
}

/** What is fetched that no reader waits for. */
export interface FetchOptions {
  /** Fetch what an image's builder marked for that as soon as the layer is mounted. Default true. */
  readonly prefetch?: boolean;
  /** Fetch the rest of mounted layers while no reader waits. Default false. */
  readonly background?: boolean;
  /** Compressed bytes a second that the background may fetch; 0 (the default) for as many as come. */
  readonly backgroundBytesPerSecond?: number;
  /** Fetch the libraries that programs of an image need, if nothing is known of its starts. Default true. */
  readonly hints?: boolean;
  /** Fetch what words in its files name, too: fewer waits on a quiet machine, for more requests and bytes. Default false. */
  readonly wordHints?: boolean;
  /** Milliseconds since a reader last waited, after which the background goes on. Default 2000. */
  readonly quietMs?: number;
}

/** Makes the file system. Touches no network, and of the disk only its own directories. */
export function createRemoteFileSystem(
  deps: RemoteFileSystemDeps,
  options: RemoteFileSystemOptions,
): RemoteFileSystem {
  const { logger } = deps;
  const {
    prefetch = true,
    background: inBackground = false,
    hints: hinted = true,
    wordHints: words = false,
    ...pace
  } = options.fetch ?? {};
  const scheduler = createFetchScheduler(pace);
  const store = createContentStore(deps, {
    directory: join(options.root, 'content'),
    whenQuiet: () => scheduler.quiet(),
    bounds: options.content ?? {},
    reverify: options.content?.reverify,
    unstoredBytes: options.content?.unstoredBytes,
    onRemoved: (names) => pool.forget(names),
    onUnstored: (bytes) => deps.metrics.contentUnstored({ bytes }),
  });
  const indexFiles = createIndexFiles(deps, { directory: join(options.root, 'layers') });
  const manifestFiles = createManifestFiles(deps, { directory: join(options.root, 'manifests') });
  const imageLayers = createImageLayers({ ...deps, manifestFiles });
  const allowUnverified = options.allowUnverified ?? false;
  const opener = createLayerOpener({ ...deps, indexFiles, imageLayers }, { allowUnverified });
  const background = inBackground
    ? createBackgroundFetch({ scheduler, logger, hasRoom: store.hasRoom })
    : undefined;
  const pool = createLayerPool({ ...deps, opener, store, scheduler, prefetch, background });
  const { profileStore, profileArtifacts } = deps;
  const profiles =
    profileStore &&
    createProfiles({ store: profileStore, artifacts: profileArtifacts, logger }, options.profiles);
  const hints = hinted ? createImageHints({ logger }, { ...options.profiles, words }) : undefined;
  const lock = createKeyedLock();
  const mounts = createLayerMounts({ ...deps, pool, survival: deps.survival });
  const closing = new AbortController();

  /** Fetches what an earlier start has read or, if there was none and the builder says nothing, what files name. */
  const followStart = (source: LayerSource, layer: OpenLayer): Disposable => {
    const following = new DisposableStack();
    const isMarked = prefetch && layer.index.prefetchEnd > 0;
    const hint = () => {
      if (!hints || isMarked || following.disposed) return;
      following.use(hints.mounted(source.manifestDigest ?? source.reference, layer.hinted));
    };
    if (!profiles) hint();
    else {
      following.use(profiles.mounted(source, layer));
      // What is wrong with the store, it has said itself.
      profiles.isKnown(source).then((known) => known || hint(), hint);
    }
    return following;
  };

  /** Runs under the mountpoint's lock, refuses after disposal, and names a reason for what goes wrong. */
  const mounting = (
    mountpoint: string,
    labels: Labels,
    options: CallOptions | undefined,
    work: (source: LayerSource, call: CallOptions) => Promise<void>,
  ) =>
    lock.run(mountpoint, async () => {
      const signals = [closing.signal, ...(options?.signal ? [options.signal] : [])];
      const signal = AbortSignal.any(signals);
      signal.throwIfAborted();
      const source = parseLayerSource(labels);
      try {
        await mounts.resumed;
        await work(source, { signal });
      } catch (error) {
        signal.throwIfAborted();
        throw toNotLazyError(error, source.layerDigest);
      }
    });

  const ensureMounted = (mountpoint: string, labels: Labels, options?: CallOptions) =>
    mounting(mountpoint, labels, options, async (source, call) => {
      if (mounts.get(mountpoint)) return;
      await detachStaleMounts(mountpoint);
      await mounts.mount(mountpoint, source, call);
    });

  /** Not first when it is mounted: by then, what is known to be read can be on its way. */
  const whenOpen = (source: LayerSource, call: CallOptions, use: Profiles['foreseen']) => {
    const useIt = (lease: LayerLease) => {
      using held = lease;
      use(source, held.layer);
    };
    // Whoever mounts it hears of the failure.
    pool.acquire(source, call).then(useIt, () => {});
  };

  const unmount = (mountpoint: string) =>
    lock.run(mountpoint, async () => {
      await mounts.resumed;
      await mounts.unmount(mountpoint);
    });

  return {
    mount: (mountpoint, labels, call) =>
      mounting(mountpoint, labels, call, async (source, options) => {
        if (mounts.get(mountpoint)) {
          throw new NotLazyError('mount-failed', `a layer is mounted at ${mountpoint} already`);
        }
        const mountingThis = mounts.mount(mountpoint, source, options);
        if (profiles) whenOpen(source, options, profiles.foreseen);
        pool.anticipate(source, profiles?.foreseen);
        const { mount, lease } = await mountingThis;
        const following = followStart(source, lease.layer);
        void mount.closed.then(() => following[Symbol.dispose]());
      }),
    restore: ensureMounted,
    check: ensureMounted,
    unmount,
    usage(mountpoint) {
      const here = mounts.get(mountpoint)?.lease.layer.present();
      return { sizeBytes: here?.bytes ?? 0, inodes: here?.contents ?? 0 };
    },
    describe(mountpoint) {
      const mounted = mounts.get(mountpoint);
      if (!mounted) return undefined;
      const { layer } = mounted.lease;
      return {
        layerDigest: layer.digest,
        reference: mounted.source.reference,
        bytesLocal: layer.present().bytes,
        bytesTotal: layer.totalBytes,
      };
    },
    totals() {
      const bytesLocal = pool.open().reduce((sum, layer) => sum + layer.present().bytes, 0);
      return { mounts: mounts.size, bytesLocal };
    },
    problems: () => [store.problem() ?? []].flat(),
    probe: mounts.probe,
    trimContents: store.trim,
    verifyContents: (call) => verifyContents(store, indexFiles.all, call),
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return;
      closing.abort(
        new RemoteFsError('CLOSED', 'lazily mounted layers are being closed: the daemon is stopping'),
      );
      // While containers may wait for bytes: what they get must not be an error.
      await mounts.close();
      pool[Symbol.dispose]();
      profiles?.[Symbol.dispose]();
      hints?.[Symbol.dispose]();
      background?.[Symbol.dispose]();
      scheduler[Symbol.dispose]();
      await indexFiles[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
