import { Errno } from './errno.ts';
import { LinuxError } from './linux-error.ts';

/** A path of any bytes but NUL: a string is encoded as UTF-8, bytes are taken as they are. */
export type Path = string | Uint8Array;

/**
 * The NUL-terminated bytes of a path or another string for the kernel.
 *
 * A NUL inside is refused: the kernel would silently act on the part before it.
 *
 * @param syscall for the message
 * @throws LinuxError EINVAL
 */
export function cString(value: Path, syscall: string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  if (bytes.includes(0)) throw new LinuxError(syscall, Errno.EINVAL, `${showPath(value)} holds a NUL byte`);
  const terminated = Buffer.alloc(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

/** A path for messages: quoted, with anything unprintable escaped. */
export function showPath(path: Path): string {
  return JSON.stringify(typeof path === 'string' ? path : Buffer.from(path).toString());
}
