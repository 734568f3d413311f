import { cString, type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { type CString, libc } from './libc.ts';

const call: (target: CString, flags: number) => number = libc.func('int umount2(const void *, int)');

const MNT_FORCE = 1;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

export interface UnmountOptions {
  /** Take the mount out of the tree now, free it when its last user is gone (MNT_DETACH). */
  readonly detach?: boolean;
  /** Abort requests that wait for a server: FUSE and network file systems (MNT_FORCE). */
  readonly force?: boolean;
  /** Do not follow a symbolic link at the target (UMOUNT_NOFOLLOW). */
  readonly noFollow?: boolean;
}

/**
 * Unmounts the topmost mount at a path, by umount2(2).
 *
 * @throws LinuxError; EBUSY while files below are open (unless detached), EINVAL where nothing is mounted,
 *   ENOENT for a missing path
 */
export function unmount(target: Path, { detach, force, noFollow }: UnmountOptions = {}): void {
  const flags =
    (force === true ? MNT_FORCE : 0) |
    (detach === true ? MNT_DETACH : 0) |
    (noFollow === true ? UMOUNT_NOFOLLOW : 0);
  checkResult(call(cString(target, 'umount2'), flags), 'umount2', () => showPath(target));
}
