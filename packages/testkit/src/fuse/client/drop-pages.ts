import { closeSync, openSync, type PathLike } from 'node:fs';
import koffi from 'koffi';

const fadvise: (fd: number, offset: bigint, length: bigint, advice: number) => number = koffi
  .load(null)
  .func('int posix_fadvise(int, int64_t, int64_t, int)');

const POSIX_FADV_DONTNEED = 4;

/** Lets the kernel forget what it keeps of a file's contents, by posix_fadvise(2). */
export function dropPages(path: PathLike): void {
  const fd = openSync(path, 'r');
  const errno = fadvise(fd, 0n, 0n, POSIX_FADV_DONTNEED);
  closeSync(fd);
  if (errno !== 0) throw new Error(`posix_fadvise of ${path} failed: errno ${errno}`);
}
