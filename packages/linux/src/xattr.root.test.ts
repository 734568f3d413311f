import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getXattr, listXattrs, removeXattr, setXattr } from './xattr.ts';

let dir = '';
let file = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-xattr-'));
  file = join(dir, 'file');
  writeFileSync(file, '');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('extended attributes', () => {
  it('are read back as the bytes that were set', () => {
    const value = Buffer.from([0, 255, 10, 0]);
    setXattr(file, 'trusted.overlay.test', value);
    expect(getXattr(file, 'trusted.overlay.test')).toEqual(value);
  });

  it('may be empty, which is not the same as missing', () => {
    setXattr(file, 'trusted.empty', Buffer.alloc(0));
    expect(getXattr(file, 'trusted.empty')).toEqual(Buffer.alloc(0));
    expect(getXattr(file, 'trusted.missing')).toBeUndefined();
  });

  it('are replaced by a second set', () => {
    setXattr(file, 'user.a', Buffer.from('long value'));
    setXattr(file, 'user.a', Buffer.from('new'));
    expect(getXattr(file, 'user.a')?.toString()).toBe('new');
  });

  it('are listed by name, all classes', () => {
    expect(listXattrs(file)).toEqual([]);
    setXattr(file, 'user.ä', Buffer.from('1'));
    setXattr(file, 'trusted.b', Buffer.from('2'));
    expect(listXattrs(file).sort()).toEqual(['trusted.b', 'user.ä']);
  });

  it('are gone when removed, and cannot be removed twice', () => {
    setXattr(file, 'user.a', Buffer.from('1'));
    removeXattr(file, 'user.a');
    expect(listXattrs(file)).toEqual([]);
    expect(() => removeXattr(file, 'user.a')).toThrow(expect.objectContaining({ code: 'ENODATA' }));
  });

  it('of a symbolic link are its own, whether or not its target exists', () => {
    const link = join(dir, 'link');
    symlinkSync('nowhere', link);
    setXattr(link, 'trusted.link', Buffer.from('l'));
    expect(getXattr(link, 'trusted.link')?.toString()).toBe('l');
    expect(() => setXattr(link, 'user.link', Buffer.from('l'))).toThrow(
      expect.objectContaining({ code: 'EPERM' }),
    );
  });

  it('work on paths that are not UTF-8', () => {
    const path = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]);
    mkdirSync(path);
    setXattr(path, 'user.a', Buffer.from('1'));
    expect(listXattrs(path)).toEqual(['user.a']);
  });

  it('of a missing file fail with the call, the name and the path', () => {
    expect(() => getXattr('/nowhere', 'user.a')).toThrow('lgetxattr user.a of "/nowhere": ENOENT (errno 2)');
    expect(() => listXattrs('/nowhere')).toThrow(
      expect.objectContaining({ code: 'ENOENT', syscall: 'llistxattr' }),
    );
  });

  it('on a file system that has none of the class fail with EOPNOTSUPP', () => {
    expect(() => getXattr('/proc/self/status', 'user.a')).toThrow(
      expect.objectContaining({ code: 'EOPNOTSUPP' }),
    );
  });
});
