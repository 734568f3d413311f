import koffi from 'koffi';
import { checkResult } from './check-result.ts';
import { lastErrno, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const mmap: (
  address: null,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => bigint = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
const munmap: (address: bigint, length: number) => number = libc.func('int munmap(void *, size_t)');
const madvise: (address: bigint, length: number, advice: number) => number = libc.func(
  'int madvise(void *, size_t, int)',
);

// Source: include/uapi/asm-generic/mman-common.h, include/uapi/linux/mman.h.
const PROT_READ = 1;
const MAP_SHARED = 1;
const MADV_DONTNEED = 4;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** Where a mapped file lies in this process: another thread makes a view of it by `viewMapping`. */
export interface FileMapping {
  readonly address: bigint;
  readonly sizeBytes: number;
}

const mappings = new WeakMap<ArrayBufferLike, FileMapping>();

const unmapping = new FinalizationRegistry<FileMapping>(({ address, sizeBytes }) => {
  munmap(address, sizeBytes);
});

/**
 * Maps an open file into memory, by mmap(2), for reading: its pages are brought in when they are first looked at, and
 * the kernel takes them back as it needs memory. It is unmapped when the buffer, and with it every view, is collected.
 * The descriptor is not needed afterwards.
 *
 * Who writes to the buffer, or looks at a part of the file that was cut off meanwhile or cannot be read from its disk,
 * ends the process by a signal: map only files that nobody changes.
 *
 * @param sizeBytes of the file; above 0
 * @throws LinuxError ENODEV for a file that cannot be mapped, ENOMEM, EBADF, EINVAL
 */
export function mapFile(fd: number, sizeBytes: number): ArrayBuffer {
  const address = mmap(null, sizeBytes, PROT_READ, MAP_SHARED, fd, 0);
  if (address === MAP_FAILED) throw new LinuxError('mmap', lastErrno(), `descriptor ${fd}`);
  const mapping = { address, sizeBytes };
  const buffer = viewMapping(mapping);
  mappings.set(buffer, mapping);
  unmapping.register(buffer, mapping);
  return buffer;
}

/** Where a buffer that `mapFile` made in this thread lies; undefined for every other buffer. */
export function mappingOf(buffer: ArrayBufferLike): FileMapping | undefined {
  return mappings.get(buffer);
}

/**
 * A buffer over a file that another thread has mapped. That thread must keep its own buffer reachable for as long as
 * this one is looked at: nothing else keeps the mapping.
 */
export function viewMapping({ address, sizeBytes }: FileMapping): ArrayBuffer {
  return koffi.view(address, sizeBytes);
}

/**
 * Gives the pages of a mapped file back to the page cache, by madvise(2): they do not count as memory of this process
 * until they are looked at again. Does nothing for other buffers.
 */
export function releasePages(buffer: ArrayBufferLike): void {
  const mapping = mappings.get(buffer);
  if (mapping === undefined) return;
  checkResult(madvise(mapping.address, mapping.sizeBytes, MADV_DONTNEED), 'madvise', () => 'a mapped file');
}
