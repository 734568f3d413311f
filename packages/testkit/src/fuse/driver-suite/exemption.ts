/** What a driver may be exempt from, where its documentation says so. */
export type Exemption =
  /** Names that are not UTF-8. */
  | 'byte-names'
  /** Times finer than a millisecond. */
  | 'nanoseconds'
  /** The abort of a fill whose reader is gone. */
  | 'interrupt'
  /** What takes a kernel: mappings, programs, device nodes that work, mountinfo, overlayfs. */
  | 'kernel'
  /** Answers while the main thread is busy. */
  | 'busy-main-thread';
