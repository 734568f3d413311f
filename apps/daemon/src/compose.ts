import { join } from 'node:path';
import type { FuseThread } from '@sluice/fuse/thread';
import type { SnapshotsServerDeps } from '@sluice/grpc-server';
import type { LastingHolder } from '@sluice/holder';
import { createSqliteMetaStore, type SqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import {
  createProfileArtifacts,
  type ProfileArtifacts,
  type ProfileStore,
  type RemoteFileSystem,
} from '@sluice/remote-fs';
import {
  type Clock,
  createSnapshotter,
  type Logger,
  type ManagedSnapshotter,
} from '@sluice/snapshotter-core';
import { composeHolder } from './compose-holder.ts';
import { composeProfiles } from './compose-profiles.ts';
import { composeRegistry } from './compose-registry.ts';
import { composeRemoteFs } from './compose-remote-fs.ts';
import type { Config } from './config/config.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { lockRoot } from './root-lock.ts';

export interface ComposeDeps {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** One that nobody has used: the FUSE driver's. Default: it starts one when it needs it. */
  readonly fuseThread?: FuseThread | undefined;
}

/** The parts of a daemon, joined. Disposing it waits for calls and takes all mounts away; nothing is deleted. */
export interface Composition extends AsyncDisposable {
  readonly snapshotter: ManagedSnapshotter;
  readonly meta: Pick<SqliteMetaStore, 'backup'>;
  /** Undefined where no layer is mounted lazily. */
  readonly remoteFs: RemoteFileSystem | undefined;
  /** Undefined where no mount outlives the daemon. */
  readonly holder: LastingHolder | undefined;
  /** What was learned of the starts of images. Undefined where no layer is mounted lazily, or it cannot be kept. */
  readonly profiles: ProfileStore | undefined;
  /** What was learned and lies in registries. */
  readonly profileArtifacts: ProfileArtifacts;
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
export async function compose(deps: ComposeDeps): Promise<Composition> {
  const { config, logger, clock, fuseThread } = deps;
  await using parts = new AsyncDisposableStack();
  const { root } = config;
  parts.use(lockRoot(root));
  const metrics = createMetrics();
  const meta = parts.use(createSqliteMetaStore({ path: join(root, 'metadata.db') }));
  const dirs = await createOverlayDirs({ root, mountOptions: config.snapshotter.mount_options });
  const problems: string[] = [];
  const { client: registry, criProxy } = await composeRegistry({ config, logger, metrics, parts, problems });
  const profiles = composeProfiles({ config, logger, parts, problems });
  const profileArtifacts = createProfileArtifacts({ registry, logger });
  const holder = composeHolder({ config, logger, parts });
  const remoteFs = composeRemoteFs({
    config,
    logger,
    metrics,
    parts,
    problems,
    registry,
    profileStore: profiles,
    profileArtifacts,
    fuseThread,
    holder,
  });
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
    holder,
    profiles,
    profileArtifacts,
    metrics,
    problems,
    services: criProxy ? [(server) => criProxy.register(server)] : [],
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}
