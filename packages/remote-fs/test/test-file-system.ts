import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernelDriver } from '@sluice/fuse';
import { createEstargzFormat } from '@sluice/layer';
import type { RegistryClient } from '@sluice/registry';
import { createLogRecorder } from '@sluice/testkit/core';
import { createRemoteFileSystem, type RemoteFileSystemOptions } from '../src/create-remote-file-system.ts';
import type { MountKeeper } from '../src/mounts/mount-keeper.ts';
import type { ProfileStore } from '../src/profiles/profile-store.ts';
import type { RemoteFileSystem } from '../src/remote-file-system.ts';
import { createMetricsKeeper, makeTemporaryDirectory } from './test-layer.ts';

/** A root directory on which file systems can be opened one after another, as daemons would. */
export interface TestRoot extends AsyncDisposable {
  readonly path: string;
  readonly logger: ReturnType<typeof createLogRecorder>;
  readonly metrics: ReturnType<typeof createMetricsKeeper>;
  /** A new directory to mount at. */
  mountpoint(name: string): Promise<string>;
  open(
    registry: RegistryClient,
    options?: Omit<RemoteFileSystemOptions, 'root'>,
    more?: {
      /** Lets mounts outlive the file system. */
      readonly keeper?: MountKeeper;
      /** Without it, nothing is learned. */
      readonly profileStore?: ProfileStore;
      /** Default `auto`. */
      readonly passthrough?: 'auto' | 'off';
    },
  ): OpenFileSystem;
}

export interface OpenFileSystem extends AsyncDisposable {
  readonly fileSystem: RemoteFileSystem;
  /** Leaves its mounts as a process does that is killed: with reads unanswered, and nothing taken away. */
  crash(): Promise<void>;
}

export async function makeTestRoot(): Promise<TestRoot> {
  const directory = await makeTemporaryDirectory();
  const logger = createLogRecorder();
  const metrics = createMetricsKeeper();
  return {
    path: directory.path,
    logger,
    metrics,
    async mountpoint(name) {
      const path = join(directory.path, 'mounts', name);
      await mkdir(path, { recursive: true });
      return path;
    },
    open(registry, options = {}, { keeper, profileStore, passthrough = 'auto' } = {}) {
      const driver = createKernelDriver({ logger }, { passthrough });
      const formats = [createEstargzFormat()];
      let isDead = false;
      const ownKeeper = keeper && {
        ...keeper,
        release: async (name: string) => (isDead ? undefined : await keeper.release(name)),
      };
      const survival = ownKeeper && { keeper: ownKeeper, driver, directory: join(directory.path, 'run') };
      const fileSystem = createRemoteFileSystem(
        { registry, formats, driver, logger, metrics, survival, profileStore },
        { root: directory.path, ...options },
      );
      return {
        fileSystem,
        async crash() {
          isDead = true;
          await driver.leave();
        },
        async [Symbol.asyncDispose]() {
          await fileSystem[Symbol.asyncDispose]();
          await driver.close();
        },
      };
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
