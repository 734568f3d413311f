import { checkResult } from './check-result.ts';
import { libc } from './libc.ts';

type Argument = readonly [type: 'void *', value: Uint8Array] | readonly [type: 'long', value: number];
const call: (fd: number, request: number, ...argument: Argument) => number = libc.func(
  'int ioctl(int, unsigned long, ...)',
);

/** What a request number says about its argument. Source: include/uapi/asm-generic/ioctl.h. */
const SIZE_SHIFT = 16;
const SIZE_MASK = 0x3fff;

/**
 * Controls a device, by ioctl(2).
 *
 * @param request the request number, unsigned; bits 16 to 29 hold the argument's size
 * @param argument a buffer that the kernel reads or fills, as large as the request says; or a number, for
 *   requests that take one
 * @returns what the kernel answers, never negative
 * @throws LinuxError; RangeError for a buffer that is too small for the request
 */
export function ioctl(fd: number, request: number, argument: Uint8Array | number): number {
  const about = () => `descriptor ${fd}, request 0x${request.toString(16)}`;
  if (typeof argument === 'number') return checkResult(call(fd, request, 'long', argument), 'ioctl', about);
  const size = (request >>> SIZE_SHIFT) & SIZE_MASK;
  if (argument.byteLength < size) throw new RangeError(`ioctl ${about()}: the argument needs ${size} bytes`);
  return checkResult(call(fd, request, 'void *', argument), 'ioctl', about);
}
