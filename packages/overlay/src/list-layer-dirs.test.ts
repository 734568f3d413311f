import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listLayerDirs } from './list-layer-dirs.ts';

it('lists what there is, without opening it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sluice-list-'));
  try {
    expect(await listLayerDirs(root)).toEqual({ ids: new Set(), orphans: [] });
    for (const name of ['7', '12', 'new-0123456789ab', 'rm-3-0123456789ab', 'other']) {
      mkdirSync(join(root, 'snapshots', name), { recursive: true });
    }
    const { ids, orphans } = await listLayerDirs(root);
    expect(ids).toEqual(new Set([7, 12]));
    expect(orphans.toSorted()).toEqual(['new-0123456789ab', 'rm-3-0123456789ab']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
