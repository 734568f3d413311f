import { MountFlag } from './mount-flag.ts';

/** What mount(2) wants to be told separately. */
export interface ParsedMountOptions {
  /** `MountFlag`s, or-ed. */
  readonly flags: number;
  /** The options that are the file system's own, comma separated; '' if there are none. */
  readonly data: string;
}

const setting = {
  bind: MountFlag.BIND,
  dirsync: MountFlag.DIRSYNC,
  mand: MountFlag.MANDLOCK,
  noatime: MountFlag.NOATIME,
  nodev: MountFlag.NODEV,
  nodiratime: MountFlag.NODIRATIME,
  noexec: MountFlag.NOEXEC,
  nosuid: MountFlag.NOSUID,
  nosymfollow: MountFlag.NOSYMFOLLOW,
  rbind: MountFlag.BIND | MountFlag.REC,
  relatime: MountFlag.RELATIME,
  remount: MountFlag.REMOUNT,
  ro: MountFlag.RDONLY,
  strictatime: MountFlag.STRICTATIME,
  sync: MountFlag.SYNCHRONOUS,
} as const;

const clearing = {
  async: MountFlag.SYNCHRONOUS,
  atime: MountFlag.NOATIME,
  defaults: 0,
  dev: MountFlag.NODEV,
  diratime: MountFlag.NODIRATIME,
  exec: MountFlag.NOEXEC,
  nomand: MountFlag.MANDLOCK,
  norelatime: MountFlag.RELATIME,
  nostrictatime: MountFlag.STRICTATIME,
  rw: MountFlag.RDONLY,
  suid: MountFlag.NOSUID,
} as const;

const set = new Map<string, number>(Object.entries(setting));
const clear = new Map<string, number>(Object.entries(clearing));

/**
 * Splits options as mount(8) and containerd write them into flags and the file system's own options. Of
 * options that contradict each other the last one counts. Source: mount(8), FILESYSTEM-INDEPENDENT MOUNT
 * OPTIONS.
 *
 * @param options one option each: 'ro', 'lowerdir=/a:/b'
 */
export function parseMountOptions(options: readonly string[]): ParsedMountOptions {
  const flags = options.reduce(
    (sum, option) => (sum | (set.get(option) ?? 0)) & ~(clear.get(option) ?? 0),
    0,
  );
  const own = options.filter((option) => !set.has(option) && !clear.has(option));
  return { flags, data: own.join(',') };
}
