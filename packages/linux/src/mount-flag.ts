/**
 * Flags of mount(2). Source: include/uapi/linux/mount.h.
 */
export const MountFlag = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  SYNCHRONOUS: 16,
  /** Change the flags of an existing mount. */
  REMOUNT: 32,
  MANDLOCK: 64,
  DIRSYNC: 128,
  NOSYMFOLLOW: 256,
  NOATIME: 1024,
  NODIRATIME: 2048,
  /** Show a directory at a second place. Of the other flags only REC counts; the rest needs a REMOUNT. */
  BIND: 4096,
  MOVE: 8192,
  /** With BIND or a propagation type: the mounts below too. */
  REC: 16384,
  SILENT: 32768,
  UNBINDABLE: 1 << 17,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
  RELATIME: 1 << 21,
  STRICTATIME: 1 << 24,
  LAZYTIME: 1 << 25,
} as const;
