import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSystemMagic, fileSystemMagic } from './file-system-type.ts';
import { mount } from './mount.ts';
import { MountFlag } from './mount-flag.ts';
import { findMounts, mountAt } from './mounts.ts';
import { unmount } from './unmount.ts';

let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-mount-'));
});
afterEach(() => {
  for (const { mountPoint } of findMounts({ below: dir }).reverse()) unmount(mountPoint, { detach: true });
  rmSync(dir, { recursive: true });
});

describe('mount', () => {
  it('mounts with flags and data, and unmount takes it away', () => {
    mount({
      source: 'none',
      target: dir,
      type: 'tmpfs',
      flags: MountFlag.NOSUID | MountFlag.NODEV,
      data: 'size=64k',
    });
    expect(mountAt(dir)).toMatchObject({ type: 'tmpfs', source: 'none', superOptions: ['rw', 'size=64k'] });
    expect(mountAt(dir)?.options).toEqual(expect.arrayContaining(['nosuid', 'nodev']));
    expect(fileSystemMagic(dir)).toBe(FileSystemMagic.TMPFS);
    unmount(dir);
    expect(mountAt(dir)).toBeUndefined();
  });

  it('finds its mount again under a name with blanks, newlines, backslashes and non-ASCII', () => {
    const target = join(dir, 'a b\nc\\040d #ä');
    mkdirSync(target);
    mount({ source: 'none', target, type: 'tmpfs' });
    expect(findMounts({ below: dir }).map(({ mountPoint }) => mountPoint)).toEqual([target]);
  });

  it('makes bind mounts read-only by a remount', () => {
    const [source, target] = [join(dir, 'a'), join(dir, 'b')];
    mkdirSync(source);
    mkdirSync(target);
    mount({ source, target, flags: MountFlag.BIND | MountFlag.REC });
    mount({ source: '', target, flags: MountFlag.BIND | MountFlag.REMOUNT | MountFlag.RDONLY });
    writeFileSync(join(source, 'file'), '');
    expect(existsSync(join(target, 'file'))).toBe(true);
    expect(() => writeFileSync(join(target, 'other'), '')).toThrow(/EROFS/);
    expect(mountAt(target)?.root.endsWith('/a')).toBe(true);
  });

  it('shows propagation', () => {
    mount({ source: 'none', target: dir, type: 'tmpfs' });
    mount({ source: '', target: dir, flags: MountFlag.SHARED });
    expect(mountAt(dir)?.propagation).toEqual({ shared: expect.any(Number) });
    mount({ source: '', target: dir, flags: MountFlag.UNBINDABLE });
    expect(mountAt(dir)?.propagation).toEqual({ unbindable: true });
  });

  it('says what failed on what', () => {
    expect(() => mount({ source: 'none', target: join(dir, 'missing'), type: 'tmpfs' })).toThrow(
      `mount tmpfs with flags 0x0 of "none" on "${dir}/missing": ENOENT (errno 2)`,
    );
    expect(() => mount({ source: 'none', target: dir, type: 'no-such-fs' })).toThrow(
      expect.objectContaining({ code: 'ENODEV', syscall: 'mount' }),
    );
  });

  it('refuses options that the kernel would cut off, and takes the longest that it would not', () => {
    const pad = (length: number) => `size=64k,mode=${'0'.repeat(length - 17)}700`;
    expect(() => mount({ source: 'none', target: dir, type: 'tmpfs', data: pad(4096) })).toThrow(
      expect.objectContaining({ code: 'E2BIG' }),
    );
    mount({ source: 'none', target: dir, type: 'tmpfs', data: pad(4095) });
    expect(mountAt(dir)?.superOptions).toContain('size=64k');
  });
});

describe('unmount', () => {
  it('fails while a file is open, unless detached', () => {
    mount({ source: 'none', target: dir, type: 'tmpfs' });
    const fd = openSync(join(dir, 'file'), 'w');
    try {
      expect(() => unmount(dir)).toThrow(expect.objectContaining({ code: 'EBUSY', syscall: 'umount2' }));
      unmount(dir, { detach: true });
      expect(mountAt(dir)).toBeUndefined();
    } finally {
      closeSync(fd);
    }
  });

  it('fails where nothing is mounted', () => {
    expect(() => unmount(dir)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => unmount(join(dir, 'missing'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  it('can be told not to follow a symbolic link', () => {
    const [target, link] = [join(dir, 'target'), join(dir, 'link')];
    mkdirSync(target);
    symlinkSync(target, link);
    mount({ source: 'none', target, type: 'tmpfs' });
    expect(() => unmount(link, { noFollow: true })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    unmount(link, { force: true });
    expect(mountAt(target)).toBeUndefined();
  });
});
