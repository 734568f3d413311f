import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layerDirsSuite } from '@sluice/testkit/core';
import { createOverlayDirs } from './create-overlay-dirs.ts';

layerDirsSuite('overlayfs', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-overlay-'));
  const dirs = await createOverlayDirs({ root });
  return {
    dirs,
    addFile: (id, name, sizeBytes) => writeFile(join(dirs.contentPath(id), name), Buffer.alloc(sizeBytes, 1)),
    reopen: () => createOverlayDirs({ root }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
});
