import { closeSync, openSync, type PathLike } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
const mmap: (
  at: null,
  length: number,
  protection: number,
  flags: number,
  fd: number,
  offset: number,
) => unknown = libc.func('void *mmap(void *, size_t, int, int, int, int64_t)');
const munmap: (at: unknown, length: number) => number = libc.func('int munmap(void *, size_t)');

const PROT_READ = 1;
const MAP_PRIVATE = 2;

/** Reads bytes of a file through a mapping. @param offset a multiple of the page size */
export function readMapped(path: PathLike, offset: number, length: number): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const address = mmap(null, length, PROT_READ, MAP_PRIVATE, fd, offset);
    if (koffi.address(address as never) === 0xffffffffffffffffn)
      throw new Error(`mmap of ${path} failed: errno ${koffi.errno()}`);
    const bytes = Uint8Array.from(koffi.decode(address, koffi.array('uint8_t', length)) as number[]);
    munmap(address, length);
    return bytes;
  } finally {
    closeSync(fd);
  }
}
