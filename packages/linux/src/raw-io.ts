import { addressOf, lastErrno, libc } from './libc.ts';

const read: (fd: number, buffer: Uint8Array, length: number) => number = libc.func(
  'int64_t read(int, void *, size_t)',
);
const pread: (fd: number, buffer: Uint8Array, length: number, position: number) => number = libc.func(
  'int64_t pread(int, void *, size_t, int64_t)',
);
const write: (fd: number, buffer: Uint8Array, length: number) => number = libc.func(
  'int64_t write(int, const void *, size_t)',
);
const writev: (fd: number, vector: Uint8Array, count: number) => number = libc.func(
  'int64_t writev(int, const void *, int)',
);

/**
 * Reads, by read(2). Made for loops in which errors are ordinary: never throws for what the kernel answers.
 *
 * @param buffer filled from byte `offset`; at least `offset + length` bytes
 * @returns the number of bytes read, 0 at the end, or an error number negated (`-Errno.EAGAIN`)
 * @throws RangeError for a range outside the buffer
 */
export function rawRead(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  return orErrno(read(fd, part(buffer, offset, length), length));
}

/** Reads at a position in a file, by pread(2); else as `rawRead`. @param position in bytes */
export function rawPread(
  fd: number,
  buffer: Uint8Array,
  { offset, length, position }: { offset: number; length: number; position: number },
): number {
  return orErrno(pread(fd, part(buffer, offset, length), length, position));
}

/** Writes, by write(2); else as `rawRead`. May write less than asked. */
export function rawWrite(fd: number, buffer: Uint8Array, offset: number, length: number): number {
  return orErrno(write(fd, part(buffer, offset, length), length));
}

/**
 * Writes two buffers as one, by writev(2): a reply's header and its payload, which then need not be copied
 * together. Pass `subarray`s for parts.
 *
 * @returns the number of bytes written, or an error number negated
 */
export function rawWritev(fd: number, first: Uint8Array, second: Uint8Array): number {
  ioVector[0] = addressOf(first);
  ioVector[1] = BigInt(first.byteLength);
  ioVector[2] = addressOf(second);
  ioVector[3] = BigInt(second.byteLength);
  return orErrno(writev(fd, ioVectorBytes, 2));
}

/**
 * Two `struct iovec { void *iov_base; size_t iov_len; }`. One for the thread: the call that fills it is the
 * call that uses it.
 */
const ioVector = new BigUint64Array(4);
const ioVectorBytes = new Uint8Array(ioVector.buffer);

function part(buffer: Uint8Array, offset: number, length: number): Uint8Array {
  if (!(offset >= 0 && length >= 0 && offset + length <= buffer.byteLength)) {
    throw new RangeError(`${length} bytes at ${offset} are outside a buffer of ${buffer.byteLength} bytes`);
  }
  return offset === 0 ? buffer : buffer.subarray(offset);
}

function orErrno(result: number): number {
  return result < 0 ? -lastErrno() : result;
}
