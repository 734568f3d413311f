/** What can go wrong that only an administrator can mend. */
export type OverlayErrorCode =
  /** The root directory cannot hold layers: its path, its file system. */
  | 'UNSUITABLE_ROOT'
  /** This kernel, or this process on it, cannot mount overlayfs. */
  | 'NO_OVERLAYFS'
  /** The configured mount options are not ones that overlayfs takes. */
  | 'BAD_OPTIONS'
  /** Something is mounted in a directory that is to be removed. */
  | 'MOUNTED'
  /** The file system refused; the cause says what. */
  | 'IO';

/** The one error of this package; what clients can act on is a SnapshotterError instead. */
export class OverlayError extends Error {
  readonly code: OverlayErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: OverlayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OverlayError';
    this.code = code;
  }
}
