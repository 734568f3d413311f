export type FuseErrorCode =
  /** The kernel refused the mount: no /dev/fuse, no privilege, a bad mountpoint. */
  | 'MOUNT_FAILED'
  /** The tree or the content table contradicts itself. */
  | 'BAD_SOURCE'
  /** What is known of a mount does not do to go on with it. */
  | 'BAD_HANDOVER'
  /** The driver needs a library that is not installed. */
  | 'DRIVER_UNAVAILABLE'
  /** The driver was closed, or its thread ended. */
  | 'CLOSED';

/** The one error of this package. */
export class FuseError extends Error {
  readonly code: FuseErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: FuseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FuseError';
    this.code = code;
  }
}
