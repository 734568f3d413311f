import { cString, type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { Errno } from './errno.ts';
import { type CString, lastErrno, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

type Bytes = Uint8Array | null;
const get: (path: CString, name: CString, value: Bytes, size: number) => number = libc.func(
  'int64_t lgetxattr(const void *, const void *, void *, size_t)',
);
const set: (path: CString, name: CString, value: Bytes, size: number, flags: number) => number = libc.func(
  'int lsetxattr(const void *, const void *, const void *, size_t, int)',
);
const remove: (path: CString, name: CString) => number = libc.func(
  'int lremovexattr(const void *, const void *)',
);
const list: (path: CString, names: Bytes, size: number) => number = libc.func(
  'int64_t llistxattr(const void *, void *, size_t)',
);

/**
 * The value of an extended attribute of a file, directory, device or of a symbolic link itself; undefined
 * where it has none of that name.
 *
 * @throws LinuxError; ENOTSUP appears as EOPNOTSUPP: the file system has no attributes of this class
 */
export function getXattr(path: Path, name: string): Buffer | undefined {
  const cPath = cString(path, 'lgetxattr');
  const cName = cString(name, 'lgetxattr');
  try {
    return readGrowing('lgetxattr', subject(path, name), (buffer, size) => get(cPath, cName, buffer, size));
  } catch (error) {
    if (error instanceof LinuxError && error.code === 'ENODATA') return undefined;
    throw error;
  }
}

/**
 * Sets an extended attribute, new or existing, of the path itself (symbolic links are not followed).
 *
 * @param value at most 64 KiB; most file systems hold less
 * @throws LinuxError; EPERM for `user.*` on a symbolic link or device, and for `trusted.*` without
 *   CAP_SYS_ADMIN
 */
export function setXattr(path: Path, name: string, value: Uint8Array): void {
  const result = set(cString(path, 'lsetxattr'), cString(name, 'lsetxattr'), value, value.length, 0);
  checkResult(result, 'lsetxattr', subject(path, name));
}

/**
 * Removes an extended attribute of the path itself.
 *
 * @throws LinuxError; ENODATA where it has none of that name
 */
export function removeXattr(path: Path, name: string): void {
  const result = remove(cString(path, 'lremovexattr'), cString(name, 'lremovexattr'));
  checkResult(result, 'lremovexattr', subject(path, name));
}

/**
 * The names of the extended attributes of the path itself, in the file system's order; `trusted.*` only with
 * CAP_SYS_ADMIN. Names are decoded as UTF-8.
 *
 * @throws LinuxError
 */
export function listXattrs(path: Path): string[] {
  const cPath = cString(path, 'llistxattr');
  const names = readGrowing(
    'llistxattr',
    () => showPath(path),
    (buffer, size) => list(cPath, buffer, size),
  );
  return names.toString().split('\0').slice(0, -1);
}

/** The calls tell the size when they are given none; it may grow before the value is asked for: ask again. */
function readGrowing(
  syscall: string,
  about: () => string,
  read: (buffer: Bytes, size: number) => number,
): Buffer {
  for (;;) {
    const size = checkResult(read(null, 0), syscall, about);
    if (size === 0) return Buffer.alloc(0);
    const buffer = Buffer.alloc(size);
    const length = read(buffer, size);
    if (length >= 0) return buffer.subarray(0, length);
    const errno = lastErrno();
    if (errno !== Errno.ERANGE) throw new LinuxError(syscall, errno, about());
  }
}

function subject(path: Path, name: string): () => string {
  return () => `${name} of ${showPath(path)}`;
}
