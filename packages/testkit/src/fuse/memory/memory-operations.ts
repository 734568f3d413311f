import { constants } from 'node:fs';
import { Errno } from '@sluice/linux';
import type { ClientOperations, ClientPath } from '../client/client-operations.ts';
import { type ListedEntry, summariseWalk } from '../client/summarise-walk.ts';
import { errorOf } from './error-of.ts';
import { type Found, findInode } from './find-inode.ts';
import type { MemoryMount } from './memory-mount.ts';

type OpenFile = Found & { readonly release: () => void };

/** What one client has open. */
export interface MemoryOperations {
  readonly operations: ClientOperations;
  /** Closes whatever is open. */
  closeAll(): void;
}

/** O_ACCMODE of fcntl.h. */
const ACCESS_MODES = constants.O_WRONLY | constants.O_RDWR;

/** As long as the longest read of the kernel, so that large files take several. */
const READ_BYTES = 1 << 20;

/** @param signal aborts when the client ends, and its reads with it */
export function createMemoryOperations(
  mounts: ReadonlyMap<string, MemoryMount>,
  signal: AbortSignal,
): MemoryOperations {
  const open = new Map<number, OpenFile>();
  let last = 2;
  const find = (path: ClientPath) => findInode(mounts, path, { follow: true });
  const findLink = (path: ClientPath) => findInode(mounts, path, { follow: false });

  function fileOf(fd: number): OpenFile {
    const file = open.get(fd);
    if (file === undefined) throw errorOf(-Errno.EBADF, `descriptor ${fd}`);
    return file;
  }

  async function readWhole({ mount, inode }: Found): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let offset = 0; ; offset += READ_BYTES) {
      const part = await mount.read(inode, { offset, length: READ_BYTES }, signal);
      parts.push(part);
      if (part.length < READ_BYTES) return Buffer.concat(parts);
    }
  }

  const operations: ClientOperations = {
    lstat: (path) => attributesOf(findLink(path)),
    readdir: (path) => namesOf(find(path)).slice(2),
    readFile: (path) => readWhole(find(path)),
    readFileAnew: (path) => readWhole(find(path)),
    readlink: (path) => Buffer.from(bytesOrMissing(bytesOfLink(findLink(path)), path) ?? []),
    statfs(path) {
      const { mount } = find(path);
      return { bsize: 4096, files: mount.fs.tree.inodeCount, blocks: 0 };
    },
    getXattr(path, name) {
      const { mount, inode } = find(path);
      return bytesOrMissing(mount.fs.xattrs.get(inode, Buffer.from(name)), path);
    },
    setXattr: (path) => refuseChange(path),
    listXattrs(path) {
      const { mount, inode } = find(path);
      const names = Buffer.from(bytesOrMissing(mount.fs.xattrs.list(inode), path) ?? []).toString();
      return names.split('\0').slice(0, -1);
    },
    open(path, flags = constants.O_RDONLY) {
      if ((flags & ACCESS_MODES) !== constants.O_RDONLY) refuseChange(path);
      const found = find(path);
      open.set(++last, { ...found, release: found.mount.hold() });
      return last;
    },
    async close(fd) {
      fileOf(fd).release();
      open.delete(fd);
    },
    async read(fd, offset, length) {
      const { mount, inode } = fileOf(fd);
      return await mount.read(inode, { offset, length }, signal);
    },
    readMapped: withoutKernel,
    walkDirectory(path) {
      const found = find(path);
      return summariseWalk((next) => entriesFrom(found, next ?? 0n));
    },
    writeFile: (path) => refuseChange(path),
    unlink: (path) => refuseChange(path),
    mount: withoutKernel,
  };
  return {
    operations,
    closeAll() {
      for (const { release } of open.values()) release();
      open.clear();
    },
  };
}

function withoutKernel(): never {
  throw errorOf(-Errno.ENOSYS, 'there is no kernel here');
}

function refuseChange(path: ClientPath): never {
  throw errorOf(-Errno.EROFS, Buffer.from(path as string).toString());
}

function bytesOfLink({ mount, inode }: Found): Uint8Array | number {
  return mount.fs.readlink(inode);
}

/** @returns undefined where there is no such attribute */
function bytesOrMissing(result: Uint8Array | number, path: ClientPath): Uint8Array | undefined {
  if (typeof result !== 'number') return result;
  if (result === -Errno.ENODATA) return undefined;
  throw errorOf(result, Buffer.from(path as string).toString());
}

function attributesOf({ mount, inode }: Found): ReturnType<ClientOperations['lstat']> {
  const { inodes } = mount.fs.tree;
  const size = inodes.size[inode]!;
  return {
    mode: BigInt(inodes.mode[inode]!),
    uid: BigInt(inodes.uid[inode]!),
    gid: BigInt(inodes.gid[inode]!),
    size: BigInt(size),
    nlink: BigInt(inodes.nlink[inode]!),
    ino: BigInt(inode),
    rdev: BigInt(inodes.rdev[inode]!),
    blocks: BigInt(Math.ceil(size / 512)),
    mtimeNs: BigInt(inodes.mtimeSec[inode]!) * 1_000_000_000n + BigInt(inodes.mtimeNsec[inode]!),
  };
}

function namesOf(found: Found): Buffer[] {
  return entriesFrom(found, 0n).map(({ name }) => Buffer.from(name, 'latin1'));
}

/** Positions are numbers of entries, as those of the kernel driver. */
function entriesFrom({ mount, inode }: Found, position: bigint): ListedEntry[] {
  const { fs } = mount;
  const count = fs.entryCount(inode);
  if (count < 0) throw errorOf(count, `listing of inode ${inode}`);
  const entries: ListedEntry[] = [];
  for (let at = Number(position); at < count; at++) {
    const ino = fs.entryInode(inode, at);
    const name = Buffer.from(fs.entryName(inode, at)).toString('latin1');
    const type = fs.tree.inodes.mode[ino]! >>> 12;
    entries.push({ name, ino: BigInt(ino), type, next: BigInt(at + 1) });
  }
  return entries;
}
