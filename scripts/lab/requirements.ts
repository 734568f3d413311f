import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './lab-error.ts';

/** One thing that is needed: undefined if it is there, or a sentence that says what is missing and how to get it. */
type Check = (needs: LabNeeds) => string | undefined;

export interface LabNeeds {
  /** What needs it, as a sentence begins: "The demo". */
  readonly what: string;
  /** Starts it. */
  readonly command: string;
  /** Of free space, below TMPDIR. */
  readonly neededBytes: number;
}

/** statfs(2) */
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;

const checks: readonly Check[] = [
  ({ command }) =>
    isRoot()
      ? undefined
      : `It mounts file systems and runs containers, which needs root: run "sudo ${command}".`,
  canOpenFuse,
  canUnshare,
  hasOverlayfs,
  hasSpace,
  hasShortPath,
];

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** @throws LabError CANNOT_RUN_HERE with everything that is missing */
export function requireMachine(needs: LabNeeds): void {
  const missing = checks.flatMap((check) => check(needs) ?? []);
  if (missing.length > 0) {
    const list = missing.map((sentence) => `  - ${sentence}`).join('\n');
    throw new LabError('CANNOT_RUN_HERE', `${needs.what} cannot run on this machine.\n${list}`);
  }
}

function canOpenFuse(): string | undefined {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Root can; that root is needed is said already.
    if (code === 'EACCES' && !isRoot()) return undefined;
    return `/dev/fuse cannot be opened (${code}): load its module with "modprobe fuse"; a container needs --privileged, or --device /dev/fuse.`;
  }
}

function canUnshare(): string | undefined {
  if (!isRoot()) return undefined;
  const result = spawnSync('unshare', ['--mount', '--pid', '--mount-proc', '--fork', 'true'], {
    encoding: 'utf8',
  });
  if (result.status === 0) return undefined;
  const why = result.error?.message ?? result.stderr.trim();
  return `It cannot make namespaces of its own (${why}): that needs util-linux and CAP_SYS_ADMIN; a container needs --privileged.`;
}

function hasOverlayfs(): string | undefined {
  const known = readFileSync('/proc/filesystems', 'utf8');
  if (/\boverlay$/m.test(known)) return undefined;
  return 'The kernel does not know overlayfs: load its module with "modprobe overlay".';
}

function hasSpace({ neededBytes }: LabNeeds): string | undefined {
  const directory = tmpdir();
  if (!existsSync(directory))
    return `${directory} does not exist: make it, or set TMPDIR to another directory.`;
  const { type, bavail, bsize } = statfsSync(directory);
  // There the files are kept in memory.
  const inMemory = type === OVERLAYFS_SUPER_MAGIC;
  const freeBytes = inMemory ? freemem() : bavail * bsize;
  if (freeBytes >= neededBytes) return undefined;
  const needed = `${neededBytes / 1e9} GB are needed, but there are ${(freeBytes / 1e9).toFixed(1)} GB`;
  return inMemory
    ? `${directory} is on overlayfs, where containers cannot be, so ${needed} of memory: set TMPDIR to a directory on a disk.`
    : `${needed} in ${directory}: make space, or set TMPDIR to another directory.`;
}

/** The path of a unix socket has 107 bytes at most (unix(7)). */
function hasShortPath(): string | undefined {
  const longest = join(tmpdir(), 'sluice-bench-XXXXXX', 'containerd-whole', 'containerd.sock.ttrpc');
  if (Buffer.byteLength(longest) <= 107) return undefined;
  return `${tmpdir()} is too long a path for sockets below it: set TMPDIR to a shorter one.`;
}
