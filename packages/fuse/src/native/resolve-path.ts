import { Errno } from '@sluice/linux';
import { ROOT_INODE, type TreeFileSystem } from '../tree-file-system.ts';

/** Finds the inode of a path from the root of the tree, `/a/b`. @returns it, or a negated errno */
export function resolvePath(fs: TreeFileSystem, path: string): number {
  let inode = ROOT_INODE;
  for (const name of path.split('/')) {
    if (name === '') continue;
    inode = fs.lookup(inode, Buffer.from(name));
    if (inode === 0) return -Errno.ENOENT;
    if (inode < 0) return inode;
  }
  return inode;
}
