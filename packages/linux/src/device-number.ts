/** A device number's parts: major 0 to 0xfff for on-disk compatibility, minor 0 to 0xfffff. */
export interface DeviceNumber {
  readonly major: number;
  readonly minor: number;
}

/**
 * The number that mknod(2) takes and `lstat().rdev` gives, in glibc's order of bits:
 *
 *     63          44 43         20 19         8 7          0
 *     | major 31..12 | minor 31..8 | major 11..0 | minor 7..0 |
 *
 * Source: glibc sysdeps/unix/sysv/linux/makedev.c.
 */
export function makeDevice({ major, minor }: DeviceNumber): bigint {
  const ma = BigInt(major);
  const mi = BigInt(minor);
  return ((ma & 0xfffff000n) << 32n) | ((ma & 0xfffn) << 8n) | ((mi & 0xffffff00n) << 12n) | (mi & 0xffn);
}

/** The parts of what `makeDevice` made; also of a Stats' `rdev` or `dev`. */
export function splitDevice(device: bigint | number): DeviceNumber {
  const bits = BigInt(device);
  return {
    major: Number(((bits >> 32n) & 0xfffff000n) | ((bits >> 8n) & 0xfffn)),
    minor: Number(((bits >> 12n) & 0xffffff00n) | (bits & 0xffn)),
  };
}

/**
 * The 32-bit form in FUSE's `rdev`, where the kernel's `new_encode_dev` order is used: minor bits 7..0, major
 * bits 11..0 at 8, minor bits 19..8 at 20. Source: include/linux/kdev_t.h.
 */
export function encodeDevice({ major, minor }: DeviceNumber): number {
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
