/** What a driver may be exempt from, where its documentation says so. */
export type Exemption =
  /** Names that are not UTF-8. */
  | 'byte-names'
  /** Times finer than a millisecond. */
  | 'nanoseconds'
  /** The abort of a fill whose reader is gone. */
  | 'interrupt'
  /** Answers while the main thread is busy. */
  | 'busy-main-thread';
