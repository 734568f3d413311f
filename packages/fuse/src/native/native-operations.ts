import { Errno } from '@sluice/linux';
import { MAX_NAME_BYTES, type TreeFileSystem } from '../tree-file-system.ts';
import type { NativeHandlers, NativeOperations } from './fuse-native.ts';
import { nativeStat } from './native-stat.ts';
import { resolvePath } from './resolve-path.ts';
import type { WaitingReads } from './waiting-reads.ts';

/** What a mount is asked, counted by whoever owns it. */
export interface NativeCounts {
  requests: number;
  lookups: number;
  directoryReads: number;
  reads: number;
  readBytes: number;
  misses: number;
  errors: number;
  opens: number;
}

export interface NativeOperationsDeps {
  readonly fs: TreeFileSystem;
  readonly reads: WaitingReads;
  readonly counts: NativeCounts;
}

/** The operations of fuse-native over the inode-level file system; files are opened by inode number. */
export function createNativeOperations({ fs, reads, counts }: NativeOperationsDeps): NativeOperations {
  const find = (path: string) => {
    counts.requests++;
    return resolvePath(fs, path);
  };
  const attributes: NativeOperations['getattr'] = (path, reply) => {
    counts.lookups++;
    const inode = find(path);
    if (inode < 0) reply(inode);
    else reply(0, nativeStat(fs.tree, inode));
  };
  return {
    getattr: attributes,
    fgetattr: (path, _, reply) => attributes(path, reply),
    readdir(path, reply) {
      counts.directoryReads++;
      const directory = find(path);
      const count = directory < 0 ? directory : fs.entryCount(directory);
      if (count < 0) return reply(count);
      const positions = Array.from({ length: count }, (_, position) => position);
      const names = positions.map((position) => Buffer.from(fs.entryName(directory, position)).toString());
      reply(
        0,
        names,
        positions.map((position) => nativeStat(fs.tree, fs.entryInode(directory, position))),
      );
    },
    readlink(path, reply) {
      const inode = find(path);
      const target = inode < 0 ? inode : fs.readlink(inode);
      if (typeof target === 'number') reply(target);
      else reply(0, Buffer.from(target).toString());
    },
    open(path, _, reply) {
      const inode = find(path);
      if (inode < 0) return reply(inode);
      counts.opens++;
      reply(0, inode);
    },
    release(_path, _fd, reply) {
      counts.requests++;
      reply(0);
    },
    read(_path, inode, bytes, length, offset, reply) {
      counts.requests++;
      counts.reads++;
      const content = fs.contentOf(inode);
      if (content < 0) return reply(content === -1 ? 0 : content);
      reads.read({ content, offset, length, into: bytes }, (result) => {
        if (result < 0) counts.errors++;
        else counts.readBytes += result;
        reply(result);
      });
    },
    statfs(_path, reply) {
      counts.requests++;
      reply(0, { bsize: 4096, frsize: 4096, files: fs.tree.inodeCount, namemax: MAX_NAME_BYTES });
    },
    getxattr() {},
    listxattr() {},
  };
}

/** Attributes, with the caller's room in sight: the library answers whatever a value's length is. */
export function createNativeHandlers({ fs, counts }: Omit<NativeOperationsDeps, 'reads'>): NativeHandlers {
  const answer = (value: Uint8Array | number, room: Buffer): number => {
    if (typeof value === 'number') return value;
    if (room.length === 0) return value.length;
    if (value.length > room.length) return -Errno.ERANGE;
    room.set(value);
    return value.length;
  };
  const find = (path: string) => {
    counts.requests++;
    return resolvePath(fs, path);
  };
  return {
    _op_getxattr(signal, path, name, room) {
      const inode = find(path);
      signal(inode < 0 ? inode : answer(fs.xattrs.get(inode, Buffer.from(name)), room), room.buffer);
    },
    _op_listxattr(signal, path, room) {
      const inode = find(path);
      signal(inode < 0 ? inode : answer(fs.xattrs.list(inode), room), room.buffer);
    },
  };
}
