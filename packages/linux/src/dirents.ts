import { closeSync, constants, openSync } from 'node:fs';
import { type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { libc } from './libc.ts';

const getdents: (fd: number, buffer: Uint8Array, size: number) => number = libc.func(
  'int64_t getdents64(int, void *, size_t)',
);

/** Types of directory entries. UNKNOWN: the file system does not tell. Source: include/linux/fs_types.h. */
export const DirentType = {
  UNKNOWN: 0,
  FIFO: 1,
  CHARACTER: 2,
  DIRECTORY: 4,
  BLOCK: 6,
  REGULAR: 8,
  LINK: 10,
  SOCKET: 12,
} as const;

/**
 * A directory entry as the file system has it. `fs.readdir` cannot be asked: it looks up unknown types
 * itself.
 */
export interface Dirent {
  readonly name: Buffer;
  /** A `DirentType`. */
  readonly type: number;
}

const BUFFER_BYTES = 32768;

/**
 * The entries of a directory, `.` and `..` left out, as getdents64(2) answers.
 *
 * @throws LinuxError; what `fs.openSync` throws for a path that is no readable directory
 */
export function listDirents(path: Path): Dirent[] {
  const target = typeof path === 'string' ? path : Buffer.from(path);
  const fd = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return readAll(fd, path);
  } finally {
    closeSync(fd);
  }
}

function readAll(fd: number, path: Path): Dirent[] {
  const found: Dirent[] = [];
  const buffer = Buffer.alloc(BUFFER_BYTES);
  for (;;) {
    const length = checkResult(getdents(fd, buffer, BUFFER_BYTES), 'getdents64', () => showPath(path));
    if (length === 0) return found;
    collect(buffer.subarray(0, length), found);
  }
}

/**
 * Records follow each other:
 *
 *     0        8        16       18    19          reclen
 *     | u64 ino | s64 off | u16 reclen | u8 type | name, NUL, padding |
 */
function collect(records: Buffer, found: Dirent[]): void {
  for (let at = 0; at < records.length; at += records.readUInt16LE(at + 16)) {
    const name = Buffer.from(records.subarray(at + 19, records.indexOf(0, at + 19)));
    if (name.equals(dot) || name.equals(dotDot)) continue;
    found.push({ name, type: records.readUInt8(at + 18) });
  }
}

const dot = Buffer.from('.');
const dotDot = Buffer.from('..');
