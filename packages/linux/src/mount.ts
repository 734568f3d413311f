import { cString, type Path, showPath } from './c-string.ts';
import { checkResult } from './check-result.ts';
import { Errno } from './errno.ts';
import { type CString, libc } from './libc.ts';
import { LinuxError } from './linux-error.ts';

const call: (source: CString, target: CString, type: CString, flags: number, data: CString) => number =
  libc.func('int mount(const void *, const void *, const void *, unsigned long, const void *)');

/** The kernel copies one page of options, the terminating NUL included, and ignores what is beyond it. */
const MAX_DATA_BYTES = 4095;

/** The arguments of mount(2). */
export interface MountRequest {
  /** A device, directory or, for file systems that have neither, a word that mount lists show. */
  readonly source: Path;
  /** An existing directory (or file, for a bind mount of a file). Symbolic links in it are followed. */
  readonly target: Path;
  /** The file system's name; not needed for BIND, MOVE, REMOUNT and propagation changes. */
  readonly type?: string;
  /** `MountFlag`s, or-ed; 0 if left out. */
  readonly flags?: number;
  /** Options of the file system itself, comma separated, at most 4095 bytes. */
  readonly data?: string;
}

/**
 * Mounts a file system, by mount(2). The caller unmounts it.
 *
 * The call is synchronous: 20 to 100 us for a pseudo file system, bind mount, FUSE or overlay. A mount that
 * looks into a FUSE mount served by the calling thread deadlocks.
 *
 * @throws LinuxError; E2BIG for options that the kernel would cut off
 */
export function mount({ source, target, type, flags = 0, data }: MountRequest): void {
  const options = data === undefined ? null : cString(data, 'mount');
  if (options !== null && options.length - 1 > MAX_DATA_BYTES) {
    throw new LinuxError('mount', Errno.E2BIG, `${showPath(target)}: options of ${options.length - 1} bytes`);
  }
  const fsType = type === undefined ? null : cString(type, 'mount');
  const result = call(cString(source, 'mount'), cString(target, 'mount'), fsType, flags, options);
  checkResult(
    result,
    'mount',
    () =>
      `${type === undefined ? '' : `${type} `}with flags 0x${flags.toString(16)} of ${showPath(source)} on ${showPath(target)}`,
  );
}
