/** What a driver may be exempt from, where its documentation says so. */
export type Exemption =
  /** Names that are not UTF-8. */
  | 'byte-names'
  /** Times finer than a millisecond. */
  | 'nanoseconds'
  /** The abort of a fill whose reader is gone. */
  | 'interrupt'
  /** Answers while the main thread is busy. */
  | 'busy-main-thread'
  /** A directory that is read from the middle. */
  | 'seekdir'
  /** Open files that go on being served after an unmount. */
  | 'lazy-unmount'
  /** The end of a mount that somebody else takes away. */
  | 'foreign-unmount'
  /** Attributes of 64 KiB. */
  | 'large-xattrs';
