import { closeSync, openSync, type PathLike } from 'node:fs';
import koffi from 'koffi';

const libc = koffi.load(null);
const getdents: (number: number, ...args: readonly (string | number | Uint8Array)[]) => number =
  libc.func('long syscall(long, ...)');
const lseek: (fd: number, offset: bigint, whence: number) => number = libc.func(
  'int64_t lseek(int, int64_t, int)',
);

const SYS_GETDENTS64 = process.arch === 'x64' ? 217 : 61;
/** Small, so that a directory of any size takes many calls. */
const BUFFER_BYTES = 4096;

/** What a walk over a directory with seekdir(3) and rewinddir(3) has seen. */
export interface DirectoryWalk {
  readonly count: number;
  readonly distinct: number;
  /** The first entries, in order: name, inode number, type (DT_*). */
  readonly head: readonly { readonly name: string; readonly ino: bigint; readonly type: number }[];
  /** Positions that were sought, and whether exactly the same entries followed. */
  readonly seeks: readonly { readonly index: number; readonly same: boolean }[];
  /** Whether the whole listing came again after rewinding. */
  readonly rewound: boolean;
}

interface Entry {
  readonly name: string;
  readonly ino: bigint;
  readonly type: number;
  /** Where to go on behind it. */
  readonly next: bigint;
}

/** Lists a directory, then seeks back into it and rewinds it, as telldir(3) users do. */
export function walkDirectory(path: PathLike): DirectoryWalk {
  const fd = openSync(path, 'r');
  try {
    const all = listFrom(fd);
    const names = all.map(({ name }) => name);
    const last = all.length - 1;
    const indexes = [...new Set([0, 1, 2, all.length >> 1, last - 1, last].filter((index) => index in all))];
    const seeks = indexes.map((index) => {
      lseek(fd, all[index]!.next, 0);
      return { index, same: sameNames(listFrom(fd), names.slice(index + 1)) };
    });
    lseek(fd, 0n, 0);
    return {
      count: all.length,
      distinct: new Set(names).size,
      head: all.slice(0, 8).map(({ name, ino, type }) => ({ name, ino, type })),
      seeks,
      rewound: sameNames(listFrom(fd), names),
    };
  } finally {
    closeSync(fd);
  }
}

function sameNames(entries: readonly Entry[], names: readonly string[]): boolean {
  return entries.length === names.length && entries.every(({ name }, i) => name === names[i]);
}

/** `struct linux_dirent64`: u64 d_ino, s64 d_off, u16 d_reclen, u8 d_type, name with a NUL. */
function listFrom(fd: number): Entry[] {
  const buffer = Buffer.alloc(BUFFER_BYTES);
  const entries: Entry[] = [];
  for (;;) {
    const filled = getdents(SYS_GETDENTS64, 'long', fd, 'void *', buffer, 'long', BUFFER_BYTES);
    if (filled < 0) throw new Error(`getdents64 failed: errno ${koffi.errno()}`);
    if (filled === 0) return entries;
    for (let at = 0; at < filled; at += buffer.readUInt16LE(at + 16)) {
      entries.push({
        name: buffer.toString('latin1', at + 19, buffer.indexOf(0, at + 19)),
        ino: buffer.readBigUInt64LE(at),
        type: buffer[at + 18]!,
        next: buffer.readBigInt64LE(at + 8),
      });
    }
  }
}
