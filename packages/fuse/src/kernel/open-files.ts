import { Errno } from '@sluice/linux';
import type { BackingFiles } from './backing-files.ts';
import type { OpenInode } from './open-inode.ts';
import type { OpensJournal } from './opens-journal.ts';

/**
 * Which inodes of a connection are open, and how. All opens of an inode at one time must be of one kind, and with
 * one id (the kernel fails the others with EIO): what the first of them was, the rest are, until the last is closed.
 */
export interface OpenFiles {
  /** Counts an open; it is remembered before this returns. @returns the backing id to answer with, or 0 for a file that the server is asked for */
  open(inode: number, content: number): number;
  /** Counts a close, which must have been answered before. More closes than opens do no harm. */
  release(inode: number): void;
  /** How the kernel has refused a file for good: an errno. No further file is offered to it then. */
  readonly refusal: number | undefined;
}

export interface OpenFilesDeps {
  readonly backing: BackingFiles;
  /** A descriptor of a content's complete file; undefined if it is not complete, or too small to gain. */
  complete(content: number): number | undefined;
  /** Remembers beyond this process; what it has already is how the inodes are open. */
  readonly journal?: OpensJournal;
}

/** What another file or another time would not change. */
const lasting: ReadonlySet<number> = new Set([
  Errno.EPERM,
  Errno.ELOOP,
  Errno.EOPNOTSUPP,
  Errno.ENOTTY,
  Errno.EINVAL,
]);

export function createOpenFiles({ backing, complete, journal }: OpenFilesDeps): OpenFiles {
  const inodes = journal?.read() ?? new Map<number, OpenInode>();
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
      const open = known ?? { opens: 0, backing: register(content) };
      open.opens++;
      if (known === undefined) inodes.set(inode, open);
      journal?.write(inode, open);
      return open.backing;
    },
    release(inode) {
      const known = inodes.get(inode);
      if (known === undefined) return;
      known.opens--;
      // Before the id is given back: one that is remembered must be good.
      journal?.write(inode, known);
      if (known.opens > 0) return;
      inodes.delete(inode);
      if (known.backing !== 0) backing.unregister(known.backing);
    },
    get refusal() {
      return refusal;
    },
  };
}
