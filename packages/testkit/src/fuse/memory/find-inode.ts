import { Errno } from '@sluice/linux';
import type { ClientPath } from '../client/client-operations.ts';
import { errorOf } from './error-of.ts';
import type { MemoryMount } from './memory-mount.ts';

/** What a path leads to. */
export interface Found {
  readonly mount: MemoryMount;
  readonly inode: number;
}

/** MAXSYMLINKS of the kernel. */
const MAX_LINKS = 40;
const DOT_DOT_POSITION = 1;

/**
 * Walks a path below one of the mounts, as path_resolution(7) has it. Bytes are handled as latin1 text, one character each.
 *
 * @param follow whether a symbolic link at the end is followed
 * @throws as a client sees it: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG
 */
export function findInode(
  mounts: ReadonlyMap<string, MemoryMount>,
  path: ClientPath,
  { follow }: { readonly follow: boolean },
): Found {
  const text = Buffer.from(path as string).toString('latin1');
  const { mount, rest } = mountOf(mounts, text);
  const steps = rest.split('/').reverse();
  let inode = 1;
  for (let links = 0; steps.length > 0; ) {
    const name = steps.pop()!;
    const next = step(mount, inode, name);
    if (next <= 0) throw errorOf(next || -Errno.ENOENT, text);
    const target = follow || steps.length > 0 ? mount.fs.readlink(next) : -Errno.EINVAL;
    if (typeof target === 'number') inode = next;
    else {
      if (++links > MAX_LINKS) throw errorOf(-Errno.ELOOP, text);
      const linked = Buffer.from(target).toString('latin1');
      // Links out of the mount lead nowhere: there is nothing else here.
      if (linked.startsWith('/')) throw errorOf(-Errno.ENOENT, text);
      steps.push(...linked.split('/').reverse());
    }
  }
  return { mount, inode };
}

function step({ fs }: MemoryMount, directory: number, name: string): number {
  if (!fs.isDirectory(directory)) return -Errno.ENOTDIR;
  if (name === '' || name === '.') return directory;
  if (name === '..') return fs.entryInode(directory, DOT_DOT_POSITION);
  return fs.lookup(directory, Buffer.from(name, 'latin1'));
}

function mountOf(
  mounts: ReadonlyMap<string, MemoryMount>,
  path: string,
): { mount: MemoryMount; rest: string } {
  for (const [mountpoint, mount] of mounts) {
    const place = Buffer.from(mountpoint).toString('latin1');
    if (path === place || path.startsWith(`${place}/`)) return { mount, rest: path.slice(place.length) };
  }
  throw errorOf(-Errno.ENOENT, path);
}
