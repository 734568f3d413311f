/** What a caller can do about it decides the code. */
export type RemoteFsErrorCode =
  /** The file system was disposed, or is being disposed. */
  | 'CLOSED'
  /** Something that is not a lazily mounted layer is mounted where a layer shall be. */
  | 'MOUNTPOINT_TAKEN'
  /** A file of the content store is not what it has to be. */
  | 'STORE_DAMAGED'
  /** What was to be a profile of an image is none. */
  | 'PROFILE_INVALID';

/** The one error of this package, beside core's NotLazyError, which `mount` throws. */
export class RemoteFsError extends Error {
  readonly code: RemoteFsErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: RemoteFsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RemoteFsError';
    this.code = code;
  }
}
