import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cString, showPath } from './c-string.ts';

describe('cString', () => {
  it('appends one NUL to any bytes that hold none', () => {
    const bytes = fc.uint8Array().map((array) => array.filter((byte) => byte !== 0));
    fc.assert(
      fc.property(bytes, (path) => {
        expect([...cString(path, 'mount')]).toEqual([...path, 0]);
      }),
    );
  });

  it('encodes strings as UTF-8', () => {
    expect(cString('ä/☃', 'mount').toString('hex')).toBe('c3a42fe2988300');
  });

  it('refuses a NUL inside, before which the kernel would stop', () => {
    expect(() => cString('/etc\0/safe', 'umount2')).toThrow(
      expect.objectContaining({ code: 'EINVAL', syscall: 'umount2' }),
    );
    expect(() => cString(Uint8Array.of(47, 0), 'umount2')).toThrow(/holds a NUL byte/);
  });
});

describe('showPath', () => {
  it('escapes what would break a log line', () => {
    expect(showPath('/a\nb')).toBe('"/a\\nb"');
    expect(showPath(Uint8Array.of(47, 0xff))).toBe('"/\ufffd"');
  });
});
