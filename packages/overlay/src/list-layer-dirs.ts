import { readdir } from 'node:fs/promises';
import type { DirList } from '@sluice/snapshotter-core';
import { unlessCode } from './error-code.ts';
import { createLayerLayout, isOrphanName, parseIdName } from './layer-layout.ts';

/**
 * The directories below a root that no snapshotter uses. Changes nothing, needs no right to mount, and a root without
 * directories has none.
 *
 * @param root as in `OverlayDirsOptions`
 */
export async function listLayerDirs(root: string): Promise<DirList> {
  const { snapshots } = createLayerLayout(root);
  const names = (await readdir(snapshots).catch(unlessCode('ENOENT'))) ?? [];
  const ids = names.map(parseIdName).filter((id) => id !== undefined);
  return { ids: new Set(ids), orphans: names.filter(isOrphanName) };
}
