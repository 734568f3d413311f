import { DIRENT_BYTES, ENTRY_BYTES } from '../protocol/layout.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';
import type { TreeFileSystem } from '../tree-file-system.ts';
import { writeEntry } from './attributes.ts';

/** A READDIR or READDIRPLUS request. */
export interface DirectoryRead {
  readonly directory: number;
  /** The position to go on from: positions are numbers of entries, and stay the same as the tree does. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** With attributes: every entry is preceded by its fuse_entry_out. */
  readonly plus: boolean;
}

/** Writes as many whole entries as fit. @returns the payload's length, 0 at the end, or a negated errno */
export function writeDirectory(fs: TreeFileSystem, reply: ReplyWriter, read: DirectoryRead): number {
  const count = fs.entryCount(read.directory);
  if (count < 0) return count;
  const limit = Math.min(read.sizeBytes, reply.capacity);
  const prefix = read.plus ? ENTRY_BYTES : 0;
  let end = 0;
  for (let position = read.offset; position < count; position++) {
    const name = fs.entryName(read.directory, position);
    const length = prefix + ((DIRENT_BYTES + name.length + 7) & ~7);
    if (end + length > limit) break;
    const inode = fs.entryInode(read.directory, position);
    // `.` and `..` carry no attributes: the kernel looks them up by itself.
    if (read.plus && position >= 2) writeEntry(reply, end, fs.tree, inode);
    else if (read.plus) reply.zero(end, ENTRY_BYTES);
    const at = end + prefix;
    reply.u64(at, inode);
    reply.u64(at + 8, position + 1);
    reply.u32(at + 16, name.length);
    reply.u32(at + 20, fs.tree.inodes.mode[inode]! >>> 12);
    reply.copy(at + DIRENT_BYTES, name);
    reply.zero(at + DIRENT_BYTES + name.length, end + length - at - DIRENT_BYTES - name.length);
    end += length;
  }
  return end;
}
