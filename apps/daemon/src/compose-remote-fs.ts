import { existsSync } from 'node:fs';
import {
  createFallbackDriver,
  createKernelDriver,
  createNativeDriver,
  type KernelDriver,
} from '@sluice/fuse';
import type { FuseThread } from '@sluice/fuse/thread';
import type { LastingHolder } from '@sluice/holder';
import { createEstargzFormat } from '@sluice/layer';
import type { RegistryClient } from '@sluice/registry';
import {
  createRemoteFileSystem,
  type ProfileArtifacts,
  type ProfileStore,
  type RemoteFileSystem,
  type Survival,
} from '@sluice/remote-fs';
import type { Logger } from '@sluice/snapshotter-core';
import type { Config } from './config/config.ts';
import type { Metrics } from './metrics.ts';
import { mountsDirectory } from './mounts-directory.ts';

export interface ComposeRemoteFsDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly parts: AsyncDisposableStack;
  readonly problems: string[];
  readonly registry: RegistryClient;
  readonly profileStore: ProfileStore | undefined;
  readonly profileArtifacts: ProfileArtifacts;
  /** ComposeDeps.fuseThread */
  readonly fuseThread: FuseThread | undefined;
  /** Made before the driver and there after it, so that it holds what the driver leaves. */
  readonly holder: LastingHolder | undefined;
}

/** The part of the composition root that mounts layers lazily. Undefined where that is not wanted, or not possible. */
export function composeRemoteFs(deps: ComposeRemoteFsDeps): RemoteFileSystem | undefined {
  const { config, logger, metrics, parts, problems, registry } = deps;
  const profileStore = config.fetch.learn ? deps.profileStore : undefined;
  const profileArtifacts = config.fetch.pull_profiles ? deps.profileArtifacts : undefined;
  if (config.fuse.driver === 'none') return undefined;
  if (!existsSync('/dev/fuse')) {
    problems.push('there is no /dev/fuse, so layers are not mounted lazily: load the kernel module fuse');
    return undefined;
  }
  const formats = [createEstargzFormat()];
  return parts.use(
    createRemoteFileSystem(
      {
        registry,
        formats,
        logger,
        metrics: metrics.remoteFs,
        profileStore,
        profileArtifacts,
        ...composeDriver(deps),
      },
      {
        root: config.root,
        allowUnverified: config.layers.allow_unverified,
        fetch: {
          prefetch: config.fetch.prefetch,
          background: config.fetch.background,
          backgroundBytesPerSecond: config.fetch.background_bytes_per_second,
          quietMs: config.fetch.quiet_seconds * 1000,
        },
        content: {
          maxSizeBytes: config.content.max_size_bytes,
          minFreeBytes: config.content.min_free_bytes,
          reverify: config.content.reverify,
        },
      },
    ),
  );
}

function composeDriver(deps: ComposeRemoteFsDeps) {
  const { config, logger, parts, fuseThread: thread } = deps;
  const { driver, passthrough } = config.fuse;
  if (driver === 'fuse-native') return { driver: parts.use(createNativeDriver({ logger })) };
  const kernel = createKernelDriver({ logger, thread }, { passthrough });
  const drivers = [kernel, createNativeDriver({ logger })] as const;
  const chosen = driver === 'auto' ? createFallbackDriver({ logger }, drivers) : kernel;
  return { driver: parts.use(chosen), survival: survival(deps, kernel) };
}

function survival({ config, holder }: ComposeRemoteFsDeps, driver: KernelDriver): Survival | undefined {
  return holder && { keeper: holder, driver, directory: mountsDirectory(config) };
}
