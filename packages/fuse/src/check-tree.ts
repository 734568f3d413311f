import { FuseError } from './fuse-error.ts';
import type { InodeTree } from './inode-tree.ts';

const S_IFMT = 0o170000;

/**
 * Refuses a tree whose columns point outside each other, so that no later look-up has to check.
 *
 * @throws FuseError BAD_SOURCE
 */
export function checkTree(tree: InodeTree): void {
  const { inodeCount, inodes, entries, names } = tree;
  for (const [name, column] of Object.entries(inodes)) {
    if (column.length <= inodeCount)
      throw bad(`the column ${name} has ${column.length} slots, not ${inodeCount + 1}`);
  }
  if (inodeCount < 1 || (inodes.mode[1]! & S_IFMT) !== 0o040000) throw bad('inode 1 is not a directory');
  for (let inode = 1; inode <= inodeCount; inode++) checkInode(tree, inode);
  for (let entry = 0; entry < entries.inode.length; entry++) {
    const target = entries.inode[entry]!;
    if (target < 1 || target > inodeCount) throw bad(`entry ${entry} leads to inode ${target}`);
    if (entries.nameOffset[entry]! + entries.nameLength[entry]! > names.length)
      throw bad(`the name of entry ${entry} is cut`);
  }
}

function checkInode({ inodeCount, inodes, entries, names }: InodeTree, inode: number): void {
  const type = inodes.mode[inode]! & S_IFMT;
  const end = inodes.start[inode]! + inodes.count[inode]!;
  if (type === 0o040000) {
    const parent = inodes.parent[inode]!;
    if (end > entries.inode.length) throw bad(`directory ${inode} has entries that are not there`);
    if (parent < 1 || parent > inodeCount) throw bad(`directory ${inode} has the parent ${parent}`);
  }
  if (type === 0o120000 && end > names.length) throw bad(`the target of symbolic link ${inode} is cut`);
}

function bad(what: string): FuseError {
  return new FuseError('BAD_SOURCE', `The file tree contradicts itself: ${what}. Its producer is at fault.`);
}
