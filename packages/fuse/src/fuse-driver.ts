import type { ContentTable } from './content-table.ts';
import type { FuseStats } from './fuse-stats.ts';
import type { InodeTree } from './inode-tree.ts';
import type { MountHandover } from './mount-handover.ts';

/** One way of talking FUSE to the kernel. A driver serves any number of mounts. */
export interface FuseDriver extends AsyncDisposable {
  readonly name: 'kernel' | 'fuse-native' | 'memory';

  /**
   * Mounts a tree, read-only, with device nodes and set-uid honoured, for all users. Resolves once the kernel
   * has been answered for the first time: paths below `mountpoint` can be used from then on.
   *
   * @param mountpoint an existing directory
   * @throws FuseError MOUNT_FAILED (no /dev/fuse, no privilege, ...), and nothing is mounted then
   */
  mount(mountpoint: string, source: FuseSource, options?: FuseMountOptions): Promise<FuseMount>;

  /** Unmounts everything and ends the driver's threads. */
  close(): Promise<void>;
}

export interface FuseSource {
  readonly tree: InodeTree;
  readonly content: ContentTable;
  /**
   * Called for a read that needs bytes which are not here. When it resolves, the chunks that cover
   * [offset, offset + length) of that content are on disk and their bits are set; or else, where the disk does not
   * take them, it resolves with the bytes themselves, cut at the content's end, which answer this read alone. When it
   * rejects, the reader gets EIO; an abort means that nobody waits any more.
   *
   * @param options.again after a fill for this read its bytes were gone before it came to them: only the bytes themselves
   *   are sure to answer it
   */
  fill(
    content: number,
    offset: number,
    length: number,
    options: { readonly signal: AbortSignal; readonly again?: boolean },
  ): Promise<Uint8Array | undefined>;
}

export interface FuseMountOptions {
  /** Shown as the mount's source in mountinfo. Default 'sluice'. */
  readonly fsname?: string;
  /**
   * A file of the mount's own, made if it is missing, which keeps what the kernel has open: where that matters (with
   * passthrough), only a mount that has one can be adopted. It should lie in memory (/run): it is of no use after a
   * restart of the machine, and written at every open and close. Whoever names it removes it. The kernel driver only.
   */
  readonly opensFile?: string;
  readonly signal?: AbortSignal;
}

/** A mount being served. Disposing it unmounts. */
export interface FuseMount extends AsyncDisposable {
  readonly mountpoint: string;

  /** Settles when the mount is gone, whoever unmounted it. */
  readonly closed: Promise<void>;

  stats(): FuseStats;

  /** What it takes to serve the mount from another process; undefined where the driver or its options do not allow it. */
  readonly handover: MountHandover | undefined;

  /** Takes the mount away (lazily where it is busy: open files go on being served) and stops serving when the last user is gone. */
  unmount(): Promise<void>;
}
