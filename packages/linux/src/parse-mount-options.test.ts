import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MountFlag } from './mount-flag.ts';
import { parseMountOptions } from './parse-mount-options.ts';

describe('parseMountOptions', () => {
  it("tells flags from the file system's own options, whose order it keeps", () => {
    expect(parseMountOptions(['ro', 'workdir=/w', 'nodev', 'lowerdir=/a:/b', 'index=off'])).toEqual({
      flags: MountFlag.RDONLY | MountFlag.NODEV,
      data: 'workdir=/w,lowerdir=/a:/b,index=off',
    });
  });

  it('takes a recursive bind for two flags', () => {
    expect(parseMountOptions(['rw', 'rbind'])).toEqual({ flags: MountFlag.BIND | MountFlag.REC, data: '' });
  });

  it('lets the last of contradicting options count', () => {
    const words = fc.array(fc.constantFrom('ro', 'rw', 'nosuid', 'suid', 'defaults', 'x'));
    fc.assert(
      fc.property(words, (options) => {
        const { flags, data } = parseMountOptions(options);
        const last = (a: string, b: string) => options.findLast((option) => option === a || option === b);
        expect((flags & MountFlag.RDONLY) !== 0).toBe(last('ro', 'rw') === 'ro');
        expect((flags & MountFlag.NOSUID) !== 0).toBe(last('nosuid', 'suid') === 'nosuid');
        expect(data.split(',').filter(Boolean)).toEqual(options.filter((option) => option === 'x'));
      }),
    );
  });

  it('does not take inherited property names for options', () => {
    expect(parseMountOptions(['constructor', 'toString'])).toEqual({
      flags: 0,
      data: 'constructor,toString',
    });
  });
});
