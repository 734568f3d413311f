import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, mount, unmount } from '@sluice/linux';
import { ID_MAPPING_LABELS } from '@sluice/snapshotter-core';
import { newDir } from '@sluice/testkit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOverlayDirs } from './create-overlay-dirs.ts';

let dir = '';
let root = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-create-'));
  root = join(dir, 'root');
});
afterEach(() => {
  for (const { mountPoint } of findMounts({ below: dir }).reverse()) unmount(mountPoint, { detach: true });
  rmSync(dir, { recursive: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

describe('createOverlayDirs', () => {
  it('makes the root and leaves nothing of its probes', async () => {
    await createOverlayDirs({ root: join(root, 'deep') });
    expect(readdirSync(root)).toEqual(['deep']);
    expect(readdirSync(join(root, 'deep'))).toEqual(['snapshots']);
    expect(readdirSync(join(root, 'deep/snapshots'))).toEqual([]);
    expect(findMounts({ below: root })).toEqual([]);
  });

  it('closes the tree to everybody else, whatever the umask and whoever made it', async () => {
    mkdirSync(join(root, 'snapshots'), { recursive: true, mode: 0o777 });
    chmodSync(join(root, 'snapshots'), 0o777);
    const before = process.umask(0);
    try {
      const dirs = await createOverlayDirs({ root });
      await dirs.publish(await dirs.stage(newDir('active')), 1);
      expect([modeOf(join(root, 'snapshots')), modeOf(join(root, 'snapshots/1'))]).toEqual(['700', '700']);
    } finally {
      process.umask(before);
    }
  });

  it('names paths as the kernel does when the root is behind a symbolic link', async () => {
    mkdirSync(join(dir, 'real'));
    symlinkSync('real', root);
    const dirs = await createOverlayDirs({ root });
    expect(dirs.contentPath(1)).toBe(join(dir, 'real/snapshots/1/fs'));
  });

  it('refuses a root behind a symbolic link to a path that does not fit into options', async () => {
    mkdirSync(join(dir, 're:al'));
    symlinkSync('re:al', root);
    await expect(createOverlayDirs({ root })).rejects.toMatchObject({ code: 'UNSUITABLE_ROOT' });
  });

  it('refuses a root that lies on an overlay, and says what to do', async () => {
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(dir, name));
    const data = `lowerdir=${dir}/lower,upperdir=${dir}/upper,workdir=${dir}/work`;
    mount({ source: 'overlay', target: join(dir, 'merged'), type: 'overlay', data });
    await expect(createOverlayDirs({ root: join(dir, 'merged/root') })).rejects.toMatchObject({
      code: 'UNSUITABLE_ROOT',
      message: expect.stringMatching(/lies on an overlayfs itself.*put a volume/),
    });
    expect(readdirSync(join(dir, 'merged/root/snapshots'))).toEqual([]);
  });

  it('takes a root on a tmpfs', async () => {
    mkdirSync(root);
    mount({ source: 'none', target: root, type: 'tmpfs' });
    await createOverlayDirs({ root });
  });

  it('refuses a file system without types in its directories, and says how to mend it', async () => {
    const image = join(dir, 'image');
    execFileSync('mkfs.ext4', ['-q', '-O', '^filetype', image, '8M']);
    mkdirSync(root);
    execFileSync('mount', ['-o', 'loop', image, root]);
    await expect(createOverlayDirs({ root })).rejects.toMatchObject({
      code: 'UNSUITABLE_ROOT',
      message: expect.stringMatching(/d_type.*ftype=1/),
    });
  });

  it('refuses a root that cannot be written', async () => {
    mkdirSync(root);
    mount({ source: 'none', target: root, type: 'tmpfs', flags: 1 });
    await expect(createOverlayDirs({ root })).rejects.toMatchObject({ code: 'IO', cause: { code: 'EROFS' } });
  });

  it('refuses mount options that overlayfs does not know, and takes those it does', async () => {
    await expect(createOverlayDirs({ root, mountOptions: ['no-such-option'] })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: expect.stringContaining('no-such-option'),
    });
    const dirs = await createOverlayDirs({ root, mountOptions: ['nodev', 'xino=off'] });
    const [mounts] = dirs.mountsOf({ id: 3, kind: 'view', parentIds: [2, 1], labels: {} });
    expect(mounts?.options.slice(1)).toEqual(['nodev', 'xino=off', 'index=off']);
  });

  it('does not probe when it is told the features', async () => {
    const dirs = await createOverlayDirs({ root, features: { userxattr: true, index: false } });
    const [mounts] = dirs.mountsOf({ id: 3, kind: 'view', parentIds: [2, 1], labels: {} });
    expect(mounts?.options.slice(1)).toEqual(['userxattr']);
  });

  it('finds out in a user namespace that mounts need userxattr', () => {
    const script = `
      const { createOverlayDirs } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))});
      const dirs = await createOverlayDirs({ root: process.argv[1] });
      console.log(dirs.mountsOf({ id: 3, kind: 'view', parentIds: [2, 1], labels: {} })[0].options.slice(1).join());`;
    const command = [process.execPath, '--conditions=source', '--input-type=module', '-e', script, root];
    const run = ['--user', '--map-root-user', '--mount', ...command];
    expect(execFileSync('unshare', run, { encoding: 'utf8' })).toBe('userxattr,index=off\n');
  });

  it('tells a process that may not mount what it needs', () => {
    const script = `
      const { createOverlayDirs } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))});
      await createOverlayDirs({ root: process.argv[1] }).catch((error) => console.log(error.code, error.message));`;
    const command = [process.execPath, '--conditions=source', '--input-type=module', '-e', script, root];
    const run = ['--bounding-set=-sys_admin', '--inh-caps=-sys_admin', ...command];
    expect(execFileSync('setpriv', run, { encoding: 'utf8' })).toMatch(/^NO_OVERLAYFS .*run as root/);
  });
});

describe('directories of layers', () => {
  it('belong to nobody in particular without a parent: this process and 0755', async () => {
    const before = process.umask(0o077);
    try {
      const dirs = await createOverlayDirs({ root });
      await dirs.publish(await dirs.stage(newDir('active')), 1);
      await dirs.ensure(2, newDir('active'));
      for (const id of [1, 2]) expect(modeOf(dirs.contentPath(id))).toBe('755');
      expect(readdirSync(join(root, 'snapshots/1')).sort()).toEqual(['fs', 'work']);
      expect(readdirSync(join(root, 'snapshots/2')).sort()).toEqual(['fs', 'work']);
    } finally {
      process.umask(before);
    }
  });

  it("take owner, group and mode of the parent's content", async () => {
    const dirs = await createOverlayDirs({ root });
    await dirs.publish(await dirs.stage(newDir('active')), 1);
    chownSync(dirs.contentPath(1), 1234, 2345);
    chmodSync(dirs.contentPath(1), 0o3751);
    await dirs.publish(await dirs.stage(newDir('view', 1)), 2);
    const { uid, gid } = statSync(dirs.contentPath(2));
    expect([uid, gid, modeOf(dirs.contentPath(2))]).toEqual([1234, 2345, '3751']);
    expect(readdirSync(join(root, 'snapshots/2'))).toEqual(['fs']);
  });

  it('take them also when ensure makes them anew', async () => {
    const dirs = await createOverlayDirs({ root });
    await dirs.publish(await dirs.stage(newDir('active')), 1);
    chownSync(dirs.contentPath(1), 1234, 2345);
    chmodSync(dirs.contentPath(1), 0o1700);
    await dirs.ensure(2, newDir('active', 1));
    const { uid, gid } = statSync(dirs.contentPath(2));
    expect([uid, gid, modeOf(dirs.contentPath(2))]).toEqual([1234, 2345, '1700']);
  });

  it("belong to the container's root where labels map its ids, and keep the mode of the parent's", async () => {
    const dirs = await createOverlayDirs({ root });
    const labels = {
      [ID_MAPPING_LABELS.uid]: '0:100000:65536',
      [ID_MAPPING_LABELS.gid]: '1:5:1,0:200000:65536',
    };
    await dirs.publish(await dirs.stage(newDir('active')), 1);
    chmodSync(dirs.contentPath(1), 0o1700);
    await dirs.publish(await dirs.stage(newDir('active', 1, labels)), 2);
    await dirs.publish(await dirs.stage(newDir('active', undefined, labels)), 3);
    const found = [2, 3].map((id) => {
      const { uid, gid } = statSync(dirs.contentPath(id));
      return [uid, gid, modeOf(dirs.contentPath(id))];
    });
    expect(found).toEqual([
      [100_000, 200_000, '1700'],
      [100_000, 200_000, '755'],
    ]);
  });

  it('say when the content of the parent cannot be reached', async () => {
    const dirs = await createOverlayDirs({ root });
    await expect(dirs.stage(newDir('active', 7))).rejects.toMatchObject({
      name: 'SnapshotterError',
      code: 'UNAVAILABLE',
      message: expect.stringContaining('parent snapshot 7'),
    });
  });

  it('are completed by ensure where a crash left a part of them', async () => {
    const dirs = await createOverlayDirs({ root });
    mkdirSync(join(root, 'snapshots/5'));
    await dirs.ensure(5, newDir('active'));
    expect(readdirSync(join(root, 'snapshots/5')).sort()).toEqual(['fs', 'work']);
    await dirs.ensure(6, newDir('committed'));
    expect(readdirSync(join(root, 'snapshots/6'))).toEqual(['fs']);
  });

  it('that do not fit on the disk are refused as such, and nothing is left of them', async () => {
    mkdirSync(root);
    mount({ source: 'none', target: root, type: 'tmpfs', data: 'nr_inodes=12' });
    const dirs = await createOverlayDirs({ root, features: { userxattr: false, index: true } });
    for (let i = 0; i < 8; i += 1) writeFileSync(join(root, `filler-${i}`), '');
    await expect(dirs.stage(newDir('active'))).rejects.toMatchObject({
      name: 'SnapshotterError',
      code: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('disk is full'),
    });
    expect(readdirSync(join(root, 'snapshots'))).toEqual([]);
  });

  it('of other names are neither ids nor orphans', async () => {
    const dirs = await createOverlayDirs({ root });
    for (const name of ['lost+found', '07', 'new-by-hand', '-1']) mkdirSync(join(root, 'snapshots', name));
    expect(await dirs.list()).toEqual({ ids: new Set(), orphans: [] });
  });
});

describe('a directory in which something is mounted', () => {
  const prepare = async () => {
    const dirs = await createOverlayDirs({ root });
    await dirs.publish(await dirs.stage(newDir('active')), 1);
    mount({ source: 'layer', target: dirs.contentPath(1), type: 'tmpfs' });
    writeFileSync(join(dirs.contentPath(1), 'kept'), 'x'.repeat(10_000));
    return dirs;
  };

  it('is not removed, and the error names the mount', async () => {
    const dirs = await prepare();
    await expect(dirs.remove(1)).rejects.toMatchObject({
      code: 'MOUNTED',
      message: expect.stringContaining(`tmpfs on "${dirs.contentPath(1)}"`),
    });
    expect(existsSync(join(dirs.contentPath(1), 'kept'))).toBe(true);
    unmount(dirs.contentPath(1));
    await dirs.remove(1);
    expect(readdirSync(join(root, 'snapshots'))).toEqual([]);
  });

  it('uses nothing of this disk', async () => {
    const dirs = await prepare();
    expect(await dirs.usage(1)).toEqual({ sizeBytes: 0, inodes: 0 });
  });

  it('does not keep one with a longer id from being removed', async () => {
    const dirs = await prepare();
    await dirs.publish(await dirs.stage(newDir('active')), 11);
    await dirs.remove(11);
    expect((await dirs.list()).ids).toEqual(new Set([1]));
  });

  it('is left alone by ensure, also when its server is gone', async () => {
    const dirs = await prepare();
    await dirs.ensure(1, newDir('committed'));
    expect(existsSync(join(dirs.contentPath(1), 'kept'))).toBe(true);
  });
});

describe('a removal that was cut off', () => {
  it('is listed as an orphan by the next instance, which ends it', async () => {
    const first = await createOverlayDirs({ root });
    await first.publish(await first.stage(newDir('active')), 1);
    for (let i = 0; i < 500; i += 1) mkdirSync(join(first.contentPath(1), `${i}`));
    const controller = new AbortController();
    const removal = first.remove(1, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('killed')), 3);
    await expect(removal).rejects.toThrow('killed');
    const second = await createOverlayDirs({ root });
    const { ids, orphans } = await second.list();
    expect([ids, orphans]).toEqual([new Set(), [expect.stringMatching(/^rm-1-/)]]);
    for (const orphan of orphans) await second.removeOrphan(orphan);
    expect(readdirSync(join(root, 'snapshots'))).toEqual([]);
  });

  it('may also have been cut off before anything was renamed', async () => {
    const dirs = await createOverlayDirs({ root });
    await dirs.publish(await dirs.stage(newDir('active')), 1);
    renameSync(join(root, 'snapshots/1'), join(root, 'snapshots/rm-1-0123456789ab'));
    await dirs.remove(1);
    expect((await dirs.list()).orphans).toEqual(['rm-1-0123456789ab']);
  });
});
