import {
  close as closeCallback,
  constants,
  lstatSync,
  openSync,
  read as readCallback,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { getXattr, listXattrs, type MountRequest, mount, setXattr } from '@sluice/linux';
import { dropPages } from './drop-pages.ts';
import { readMapped } from './read-mapped.ts';
import { walkDirectory } from './walk-directory.ts';

/** A path as a string or, where it is not UTF-8, as bytes. */
export type ClientPath = string | Uint8Array;

const read = promisify(readCallback);
const close = promisify(closeCallback);
const bytesOf = (path: ClientPath) => (typeof path === 'string' ? path : Buffer.from(path));

/**
 * What the client process does to files on request. Everything here may block on a mount: it runs apart from the
 * process that serves it.
 */
export const clientOperations = {
  lstat: (path: ClientPath) => fieldsOf(lstatSync(bytesOf(path), { bigint: true })),
  readdir: (path: ClientPath): Uint8Array[] => readdirSync(bytesOf(path), { encoding: 'buffer' }),
  readFile: (path: ClientPath): Promise<Uint8Array> | Uint8Array => readFileSync(bytesOf(path)),
  /** Lets the kernel forget the file's pages, then reads it: whoever serves it is asked again. */
  readFileAnew(path: ClientPath): Promise<Uint8Array> | Uint8Array {
    dropPages(bytesOf(path));
    return readFileSync(bytesOf(path));
  },
  readlink: (path: ClientPath): Uint8Array => readlinkSync(bytesOf(path), { encoding: 'buffer' }),
  statfs: (path: ClientPath) => {
    const { bsize, files, blocks } = statfsSync(bytesOf(path));
    return { bsize, files, blocks };
  },
  getXattr: (path: ClientPath, name: string): Uint8Array | undefined => getXattr(bytesOf(path), name),
  setXattr: (path: ClientPath, name: string, value: Uint8Array) => setXattr(bytesOf(path), name, value),
  listXattrs: (path: ClientPath) => listXattrs(bytesOf(path)),
  open: (path: ClientPath, flags: number = constants.O_RDONLY) => openSync(bytesOf(path), flags),
  close: async (fd: number) => await close(fd),
  /** Reads on another thread: several may wait at one time. */
  async read(fd: number, offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await read(fd, bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  },
  readMapped: (path: ClientPath, offset: number, length: number) => readMapped(bytesOf(path), offset, length),
  walkDirectory: (path: ClientPath) => walkDirectory(bytesOf(path)),
  writeFile: (path: ClientPath, bytes: Uint8Array, flag = 'w') =>
    writeFileSync(bytesOf(path), bytes, { flag }),
  unlink: (path: ClientPath) => unlinkSync(bytesOf(path)),
  mount: (request: MountRequest) => mount(request),
} as const;

export type ClientOperations = typeof clientOperations;

function fieldsOf(stats: {
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  readonly nlink: bigint;
  readonly ino: bigint;
  readonly rdev: bigint;
  readonly blocks: bigint;
  readonly mtimeNs: bigint;
}) {
  const { mode, uid, gid, size, nlink, ino, rdev, blocks, mtimeNs } = stats;
  return { mode, uid, gid, size, nlink, ino, rdev, blocks, mtimeNs };
}
