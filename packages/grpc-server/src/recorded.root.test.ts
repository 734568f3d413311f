import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import { createSnapshotter } from '@sluice/snapshotter-core';
import { createFakeClock, createLogRecorder, createMemoryFileSystem } from '@sluice/testkit/core';
import { recordedSuite } from '../test/recorded-suite.ts';

// Nothing is really mounted here; layers that the file system claims to mount are empty directories.
recordedSuite('on SQLite and overlayfs', async (intercept) => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-recorded-'));
  const meta = createSqliteMetaStore({ path: join(root, 'metadata.db') });
  const dirs = await createOverlayDirs({ root });
  const mounted = new Set<string>();
  const fileSystem = createMemoryFileSystem({ mounted }, intercept);
  const logger = createLogRecorder();
  const snapshotter = createSnapshotter({ meta, dirs, fileSystem, clock: createFakeClock(), logger });
  return {
    snapshotter,
    mounted,
    async countDirs() {
      const { ids, orphans } = await dirs.list();
      return ids.size + orphans.length;
    },
    async [Symbol.asyncDispose]() {
      await snapshotter.close();
      meta[Symbol.dispose]();
      await rm(root, { recursive: true });
    },
  };
});
