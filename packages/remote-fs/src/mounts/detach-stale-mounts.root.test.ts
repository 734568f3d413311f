import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MountFlag, mount, mountAt, unmount } from '@sluice/linux';
import { describe, expect, it } from 'vitest';
import { makeTemporaryDirectory } from '../../test/test-layer.ts';
import { detachStaleMounts } from './detach-stale-mounts.ts';

/** Opens /dev/fuse, mounts it, and closes it: what a daemon leaves behind that was killed. */
async function mountDead(target: string): Promise<void> {
  const { closeSync, openSync } = await import('node:fs');
  const fd = openSync('/dev/fuse', 'r+');
  const data = `fd=${fd},rootmode=40000,user_id=0,group_id=0,allow_other`;
  mount({ source: 'sluice', target, type: 'fuse', flags: MountFlag.RDONLY, data });
  closeSync(fd);
}

describe('detachStaleMounts', () => {
  it('takes dead mounts away, however many are stacked', async () => {
    await using directory = await makeTemporaryDirectory();
    const target = join(directory.path, 'fs');
    await mkdir(target);
    await mountDead(target);
    await mountDead(target).catch(() => undefined);
    await expect(readdir(target)).rejects.toMatchObject({ code: 'ENOTCONN' });
    await detachStaleMounts(target);
    expect(mountAt(target)).toBeUndefined();
    expect(await readdir(target)).toEqual([]);
  });

  it('leaves mounts beside and below the path alone', async () => {
    await using directory = await makeTemporaryDirectory();
    const targets = ['fs', 'fs-other', 'fs/below'].map((name) => join(directory.path, name));
    for (const target of targets) await mkdir(target);
    for (const target of targets.slice(1)) mount({ source: 'none', target, type: 'tmpfs' });
    try {
      await detachStaleMounts(targets[0]!);
      expect(mountAt(targets[1]!)?.type).toBe('tmpfs');
      expect(mountAt(targets[2]!)?.type).toBe('tmpfs');
    } finally {
      for (const target of targets.slice(1)) unmount(target);
    }
  });

  it('refuses to take away what is no FUSE mount', async () => {
    await using directory = await makeTemporaryDirectory();
    const target = join(directory.path, 'fs');
    await mkdir(target);
    mount({ source: 'none', target, type: 'tmpfs' });
    try {
      await writeFile(join(target, 'precious'), '');
      await expect(detachStaleMounts(target)).rejects.toMatchObject({ code: 'MOUNTPOINT_TAKEN' });
      expect(await readdir(target)).toEqual(['precious']);
    } finally {
      unmount(target);
    }
  });

  it('has nothing to do where nothing is mounted, or nothing is', async () => {
    await using directory = await makeTemporaryDirectory();
    await detachStaleMounts(directory.path);
    await detachStaleMounts(join(directory.path, 'missing'));
  });
});
