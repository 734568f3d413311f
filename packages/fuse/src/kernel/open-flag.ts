/** What the answer to OPEN says. Source: include/uapi/linux/fuse.h, "Flags returned by the OPEN request". */
export const OpenFlag = {
  KEEP_CACHE: 1 << 1,
  CACHE_DIR: 1 << 3,
  NOFLUSH: 1 << 5,
  /** `backing_id` names a registered file; the kernel reads it by itself. KEEP_CACHE beside it is EIO. */
  PASSTHROUGH: 1 << 7,
} as const;
