import { statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDevice, makeDevice, splitDevice } from './device-number.ts';

describe('makeDevice and splitDevice', () => {
  it('undo each other for 32-bit parts', () => {
    const part = fc.nat({ max: 0xffffffff });
    fc.assert(
      fc.property(part, part, (major, minor) => {
        expect(splitDevice(makeDevice({ major, minor }))).toEqual({ major, minor });
      }),
    );
  });

  it('agree with the kernel on /dev/null (1:3)', () => {
    const { rdev } = statSync('/dev/null', { bigint: true });
    expect(rdev).toBe(makeDevice({ major: 1, minor: 3 }));
    expect(splitDevice(Number(rdev))).toEqual({ major: 1, minor: 3 });
  });

  it('put the bits where glibc puts them', () => {
    expect(makeDevice({ major: 0xabcde123, minor: 0xfedcba98 })).toBe(0xabcdefedcba12398n);
  });
});

describe('encodeDevice', () => {
  it('agrees with makeDevice in the 32 bits that the kernel keeps', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xfff }), fc.nat({ max: 0xfffff }), (major, minor) => {
        expect(BigInt(encodeDevice({ major, minor }))).toBe(makeDevice({ major, minor }));
      }),
    );
  });
});
