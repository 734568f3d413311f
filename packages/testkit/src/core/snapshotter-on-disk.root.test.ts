import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteMetaStore } from '@sluice/metastore';
import { createOverlayDirs } from '@sluice/overlay';
import { snapshotterSuite } from './snapshotter-suite/snapshotter-suite.ts';

// The ports that the daemon uses, but for the file system: nothing is really mounted here.
snapshotterSuite('on SQLite and overlayfs', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-snapshotter-'));
  const path = join(root, 'metadata.db');
  let meta = createSqliteMetaStore({ path });
  const dirs = await createOverlayDirs({ root });
  return {
    meta,
    dirs,
    async reopen() {
      meta[Symbol.dispose]();
      meta = createSqliteMetaStore({ path });
      return { meta, dirs: await createOverlayDirs({ root }) };
    },
    async [Symbol.asyncDispose]() {
      meta[Symbol.dispose]();
      await rm(root, { recursive: true });
    },
  };
});
