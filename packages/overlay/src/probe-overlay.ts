import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  FileSystemMagic,
  fileSystemMagic,
  hasCapability,
  inUserNamespace,
  LinuxError,
  mount,
  parseMountOptions,
  setXattr,
  unmount,
} from '@sluice/linux';
import { unsuitable } from './check-root.ts';
import { OverlayError } from './overlay-error.ts';
import type { OverlayFeatures } from './overlay-features.ts';

export interface OverlayProbe {
  /** For messages. */
  readonly root: string;
  /** An empty directory on the root's file system, in which directories are left. */
  readonly probeDir: string;
  /** Options that all overlays are to have. */
  readonly mountOptions: readonly string[];
}

/**
 * Finds out by mounting what overlayfs can do here; kernel versions say little, as distributions port
 * features back. Nothing stays mounted.
 *
 * @throws OverlayError `NO_OVERLAYFS`, `UNSUITABLE_ROOT` or `BAD_OPTIONS`, saying how to mend it
 */
export function probeOverlay({ root, probeDir, mountOptions }: OverlayProbe): OverlayFeatures {
  const paths = makeDirectories(probeDir);
  const tryMount = (...options: string[]) => mountOnce(paths, options);
  const userxattr = inUserNamespace() && tryMount('userxattr') === undefined && canMark(paths.upper, 'user');
  const needed = userxattr ? ['userxattr'] : [];
  const refusal = tryMount(...needed);
  if (refusal !== undefined) throw explainRefusal(root, refusal);
  if (!userxattr && !canMark(paths.upper, 'trusted')) throw explainXattrs(root);
  const badOptions = tryMount(...needed, ...mountOptions);
  if (badOptions !== undefined) throw explainOptions(mountOptions, badOptions);
  return { userxattr, index: tryMount(...needed, 'index=off') === undefined };
}

interface ProbePaths {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly target: string;
}

function makeDirectories(probeDir: string): ProbePaths {
  const make = (name: string) => {
    const path = join(probeDir, name);
    mkdirSync(path, { mode: 0o755 });
    return path;
  };
  return {
    // One: three paths of a long root fill most of the page that mount(2) takes.
    lower: make('lower'),
    upper: make('upper'),
    work: make('work'),
    target: make('target'),
  };
}

/**
 * Read-only: unmounting a writable overlay writes everything that its upper directory's file system has in
 * memory to the disk, which may take seconds.
 *
 * @returns what mount(2) answered; undefined if it succeeded
 */
function mountOnce(
  { lower, upper, work, target }: ProbePaths,
  options: readonly string[],
): LinuxError | undefined {
  const dirs = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
  try {
    mount({ source: 'overlay', target, type: 'overlay', ...parseMountOptions([...dirs, ...options, 'ro']) });
  } catch (error) {
    if (error instanceof LinuxError) return error;
    throw error;
  }
  unmount(target, { detach: true });
  return undefined;
}

/** Whether directories can be marked opaque with attributes of a class. */
function canMark(directory: string, attributeClass: 'trusted' | 'user'): boolean {
  try {
    setXattr(directory, `${attributeClass}.overlay.sluice-probe`, Buffer.from('y'));
    return true;
  } catch {
    return false;
  }
}

function explainRefusal(root: string, cause: LinuxError): OverlayError {
  if (cause.code === 'ENODEV') {
    const how = 'load it with `modprobe overlay`, or use a kernel that has it';
    return new OverlayError('NO_OVERLAYFS', `this kernel has no overlayfs: ${how}`, { cause });
  }
  if (!hasCapability('SYS_ADMIN')) {
    const how = 'run as root (in a container: with CAP_SYS_ADMIN)';
    return new OverlayError('NO_OVERLAYFS', `this process may not mount overlayfs: ${how}`, { cause });
  }
  if (fileSystemMagic(root) === FileSystemMagic.OVERLAY) {
    const how =
      'In a container, put a volume or a tmpfs there; else choose a directory on ext4, XFS or btrfs';
    return unsuitable(root, `it lies on an overlayfs itself, which cannot be stacked so. ${how}`, { cause });
  }
  const how = 'the kernel log (dmesg) says why. Choose a directory on ext4, XFS or btrfs';
  return unsuitable(root, `overlayfs refuses it (${cause.code}); ${how}`, { cause });
}

function explainXattrs(root: string): OverlayError {
  const how = 'Choose a directory on ext4, XFS, btrfs or tmpfs';
  return unsuitable(
    root,
    `its file system has no trusted extended attributes, which overlayfs needs. ${how}`,
  );
}

function explainOptions(options: readonly string[], cause: LinuxError): OverlayError {
  const what = `overlayfs refuses the configured mount options ${options.join(',')} (${cause.code})`;
  return new OverlayError('BAD_OPTIONS', `${what}; the kernel log (dmesg) says which`, { cause });
}
