import { Errno } from '@sluice/linux';
import type { BackingFiles } from './backing-files.ts';

/** The kernel's way of reading an inode that is open. */
interface OpenInode {
  opens: number;
  /** The id that the kernel reads through, or 0: the server is asked, and the page cache keeps what it says. */
  readonly backing: number;
}

/**
 * Which inodes of a connection are open, and how. All opens of an inode at one time must be of one kind, and with
 * one id (the kernel fails the others with EIO): what the first of them was, the rest are, until the last is closed.
 */
export interface OpenFiles {
  /** Counts an open. @returns the backing id to answer with, or 0 for a file that the server is asked for */
  open(inode: number, content: number): number;
  /** Counts a close. More closes than opens do no harm. */
  release(inode: number): void;
  /** How the kernel has refused a file for good: an errno. No further file is offered to it then. */
  readonly refusal: number | undefined;
}

export interface OpenFilesDeps {
  readonly backing: BackingFiles;
  /** A descriptor of a content's complete file; undefined if it is not complete, or too small to gain. */
  complete(content: number): number | undefined;
}

/** What another file or another time would not change. */
const lasting: ReadonlySet<number> = new Set([
  Errno.EPERM,
  Errno.ELOOP,
  Errno.EOPNOTSUPP,
  Errno.ENOTTY,
  Errno.EINVAL,
]);

export function createOpenFiles({ backing, complete }: OpenFilesDeps): OpenFiles {
  const inodes = new Map<number, OpenInode>();
  let refusal: number | undefined;

  function register(content: number): number {
    if (refusal !== undefined || content < 0) return 0;
    const fd = complete(content);
    if (fd === undefined) return 0;
    const id = backing.register(fd);
    if (lasting.has(-id)) refusal = -id;
    return Math.max(id, 0);
  }

  return {
    open(inode, content) {
      const known = inodes.get(inode);
      if (known !== undefined) {
        known.opens++;
        return known.backing;
      }
      const id = register(content);
      inodes.set(inode, { opens: 1, backing: id });
      return id;
    },
    release(inode) {
      const known = inodes.get(inode);
      if (known === undefined || --known.opens > 0) return;
      inodes.delete(inode);
      if (known.backing !== 0) backing.unregister(known.backing);
    },
    get refusal() {
      return refusal;
    },
  };
}
