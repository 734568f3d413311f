import type { InodeTree } from '../inode-tree.ts';
import { ATTR_BYTES, ENTRY_BYTES } from '../protocol/layout.ts';
import type { ReplyWriter } from '../protocol/reply-writer.ts';

/** A layer never changes: the kernel may remember for a day. */
export const VALID_SECONDS = 86_400;

const BLOCK_BYTES = 4096;

/** Writes a fuse_attr at a position of the reply. */
export function writeAttributes(
  reply: ReplyWriter,
  position: number,
  { inodes }: InodeTree,
  inode: number,
): void {
  const size = inodes.size[inode]!;
  const seconds = inodes.mtimeSec[inode]!;
  const nanoseconds = inodes.mtimeNsec[inode]!;
  reply.u64(position, inode);
  reply.u64(position + 8, size);
  reply.u64(position + 16, Math.ceil(size / 512));
  for (let time = 0; time < 3; time++) {
    reply.u64(position + 24 + 8 * time, seconds);
    reply.u32(position + 48 + 4 * time, nanoseconds);
  }
  reply.u32(position + 60, inodes.mode[inode]!);
  reply.u32(position + 64, inodes.nlink[inode]!);
  reply.u32(position + 68, inodes.uid[inode]!);
  reply.u32(position + 72, inodes.gid[inode]!);
  reply.u32(position + 76, inodes.rdev[inode]!);
  reply.u32(position + 80, BLOCK_BYTES);
  reply.u32(position + 84, 0);
}

/** Writes a fuse_entry_out. Inode 0 says, for as long as attributes are valid, that there is no such name. */
export function writeEntry(reply: ReplyWriter, position: number, tree: InodeTree, inode: number): void {
  reply.u64(position, inode);
  reply.u64(position + 8, 0);
  reply.u64(position + 16, VALID_SECONDS);
  reply.u64(position + 24, VALID_SECONDS);
  reply.u64(position + 32, 0);
  if (inode === 0) reply.zero(position + ENTRY_BYTES - ATTR_BYTES, ATTR_BYTES);
  else writeAttributes(reply, position + ENTRY_BYTES - ATTR_BYTES, tree, inode);
}
