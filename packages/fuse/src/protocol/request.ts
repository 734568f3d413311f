/** The 64 bits that name a request, kept as they are: bit 63 marks one that was sent again. */
export interface Unique {
  readonly low: number;
  readonly high: number;
}

/** The inode that a request is about. */
export function inodeOf(request: DataView): number {
  return u64At(request, 16);
}

/** What names the request in its reply. */
export function uniqueOf(request: DataView): Unique {
  return { low: request.getUint32(8, true), high: request.getUint32(12, true) };
}

/** The mark of a request that was sent again does not belong to its name. */
export function nameOf({ low, high }: Unique): number {
  return (high & 0x7fffffff) * 2 ** 32 + low;
}

/** A number of 64 bits; exact up to 2^53, which is beyond every offset and inode. @param position in bytes */
export function u64At(request: DataView, position: number): number {
  return request.getUint32(position + 4, true) * 2 ** 32 + request.getUint32(position, true);
}

/** A NUL-terminated string, without its NUL. */
export function stringAt(request: DataView, position: number): Uint8Array {
  const bytes = new Uint8Array(request.buffer, request.byteOffset + position, request.byteLength - position);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
