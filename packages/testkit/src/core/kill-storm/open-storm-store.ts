import { join } from 'node:path';
import { createSqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import {
  createSnapshotter,
  type LayerDirs,
  type ManagedSnapshotter,
  type MetaStore,
} from '@sluice/snapshotter-core';
import { createLogRecorder, type LogRecorder } from '../log-recorder.ts';
import { createBindFileSystem } from './bind-file-system.ts';

/** A snapshotter on the ports that the daemon uses, but with layers that need no registry. */
export interface StormStore extends AsyncDisposable {
  readonly snapshotter: ManagedSnapshotter;
  readonly meta: MetaStore;
  readonly dirs: LayerDirs;
  readonly logs: LogRecorder;
}

/**
 * @param root an existing directory of its own; layers are mounted below it
 * @param layersDir holds the layers' content
 */
export async function openStormStore(root: string, layersDir = join(root, 'layers')): Promise<StormStore> {
  await using parts = new AsyncDisposableStack();
  const meta = parts.use(createSqliteMetaStore({ path: join(root, 'metadata.db') }));
  const dirs = await createOverlayDirs({ root });
  const fileSystem = createBindFileSystem(layersDir);
  const logs = createLogRecorder();
  const clock = () => process.hrtime.bigint();
  const snapshotter = parts.use(createSnapshotter({ meta, dirs, fileSystem, clock, logger: logs }));
  const owned = parts.move();
  return { snapshotter, meta, dirs, logs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
