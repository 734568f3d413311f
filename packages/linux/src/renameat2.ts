import { cString, type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { type CString, libc } from './libc.ts';

const call: (fromFd: number, from: CString, toFd: number, to: CString, flags: number) => number = libc.func(
  'int renameat2(int, const void *, int, const void *, unsigned int)',
);

const AT_FDCWD = -100;

/** Flags of renameat2(2). */
export const RenameFlag = {
  /** Fail with EEXIST instead of replacing the target. */
  NOREPLACE: 1,
  /** Swap the two, whatever they are. Both must exist. */
  EXCHANGE: 2,
  /** Leave an overlayfs whiteout at the source. */
  WHITEOUT: 4,
} as const;

/**
 * Renames with flags that rename(2) lacks. Atomic, as rename is.
 *
 * @param flags one `RenameFlag`, or 0
 * @throws LinuxError; EINVAL where the file system knows no such flag
 */
export function renameat2(from: Path, to: Path, flags: number): void {
  const result = call(AT_FDCWD, cString(from, 'renameat2'), AT_FDCWD, cString(to, 'renameat2'), flags);
  checkResult(result, 'renameat2', () => `${showPath(from)} to ${showPath(to)}`);
}
