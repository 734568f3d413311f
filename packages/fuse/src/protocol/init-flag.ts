/** What INIT negotiates. Source: include/uapi/linux/fuse.h, "INIT request/reply flags". */
export const InitFlag = {
  ASYNC_READ: 1 << 0,
  EXPORT_SUPPORT: 1 << 4,
  DO_READDIRPLUS: 1 << 13,
  NO_OPEN_SUPPORT: 1 << 17,
  PARALLEL_DIROPS: 1 << 18,
  MAX_PAGES: 1 << 22,
  CACHE_SYMLINKS: 1 << 23,
  NO_OPENDIR_SUPPORT: 1 << 24,
  /** `flags2` is there, in both directions. */
  INIT_EXT: 1 << 30,
} as const;

/** The second word of flags: bit n here is bit n + 32 in the header file. */
export const InitFlag2 = {
  PASSTHROUGH: 1 << 5,
  HAS_RESEND: 1 << 7,
} as const;
