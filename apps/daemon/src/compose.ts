import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createFallbackDriver, createKernelDriver, createNativeDriver, type FuseDriver } from '@sluice/fuse';
import type { SnapshotsServerDeps } from '@sluice/grpc-server';
import { createEstargzFormat } from '@sluice/layer';
import { createSqliteMetaStore, type SqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import type { RegistryClient } from '@sluice/registry';
import { createRemoteFileSystem, type RemoteFileSystem } from '@sluice/remote-fs';
import {
  type Clock,
  createSnapshotter,
  type Logger,
  type ManagedSnapshotter,
} from '@sluice/snapshotter-core';
import { composeRegistry } from './compose-registry.ts';
import type { Config } from './config/config.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { lockRoot } from './root-lock.ts';

export interface ComposeDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The parts of a daemon, joined. Disposing it waits for calls and takes all mounts away; nothing is deleted. */
export interface Composition extends AsyncDisposable {
  readonly snapshotter: ManagedSnapshotter;
  readonly meta: Pick<SqliteMetaStore, 'backup'>;
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: RemoteFileSystem | undefined;
  readonly metrics: Metrics;
  /** What keeps the daemon from doing all that it is configured to do: sentences. */
  readonly problems: readonly string[];
  /** What is to be served on the snapshotter's socket, too. */
  readonly services: NonNullable<SnapshotsServerDeps['services']>;
}

/**
 * The composition root: the one place where parts are made and joined, innermost first; they are disposed of in
 * the opposite order. No network is touched here.
 *
 * @param deps.config `root` is an existing directory, without symbolic links
 * @throws DaemonError IN_USE; OverlayError; MetaStoreError
 */
export async function compose({ config, logger, clock }: ComposeDeps): Promise<Composition> {
  await using parts = new AsyncDisposableStack();
  const { root } = config;
  parts.use(lockRoot(root));
  const metrics = createMetrics();
  const meta = parts.use(createSqliteMetaStore({ path: join(root, 'metadata.db') }));
  const dirs = await createOverlayDirs({ root, mountOptions: config.snapshotter.mount_options });
  const problems: string[] = [];
  const { client: registry, criProxy } = composeRegistry({ config, logger, metrics, parts, problems });
  const remoteFs = composeRemoteFs({ config, logger, metrics, parts, problems, registry });
  const snapshotter = parts.use(
    createSnapshotter(
      { meta, dirs, fileSystem: remoteFs, clock, logger, metrics: metrics.snapshotter },
      {
        asyncRemove: config.snapshotter.async_remove,
        upperdirLabel: config.snapshotter.upperdir_label,
      },
    ),
  );
  const owned = parts.move();
  return {
    snapshotter,
    meta,
    remoteFs,
    metrics,
    problems,
    services: criProxy ? [(server) => criProxy.register(server)] : [],
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

interface RemoteFsDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly parts: AsyncDisposableStack;
  readonly problems: string[];
  readonly registry: RegistryClient;
}

function composeRemoteFs(deps: RemoteFsDeps): RemoteFileSystem | undefined {
  const { config, logger, metrics, parts, problems, registry } = deps;
  if (config.fuse.driver === 'none') return undefined;
  if (!existsSync('/dev/fuse')) {
    problems.push('there is no /dev/fuse, so layers are not mounted lazily: load the kernel module fuse');
    return undefined;
  }
  const driver = parts.use(composeDriver(config, logger));
  return parts.use(
    createRemoteFileSystem(
      { registry, formats: [createEstargzFormat()], driver, logger, metrics: metrics.remoteFs },
      {
        root: config.root,
        allowUnverified: config.layers.allow_unverified,
        fetch: {
          prefetch: config.fetch.prefetch,
          background: config.fetch.background,
          backgroundBytesPerSecond: config.fetch.background_bytes_per_second,
          quietMs: config.fetch.quiet_seconds * 1000,
        },
        ...(config.fetch.learn ? {} : { profiles: false as const }),
        content: {
          maxSizeBytes: config.content.max_size_bytes,
          minFreeBytes: config.content.min_free_bytes,
        },
      },
    ),
  );
}

function composeDriver({ fuse }: Config, logger: Logger): FuseDriver {
  const kernel = () => createKernelDriver({ logger }, { passthrough: fuse.passthrough });
  if (fuse.driver === 'fuse-native') return createNativeDriver({ logger });
  if (fuse.driver === 'auto')
    return createFallbackDriver({ logger }, [kernel(), createNativeDriver({ logger })]);
  return kernel();
}
