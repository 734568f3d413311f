/**
 * What can go wrong, as far as a client can act on it. The literals are containerd's errdefs classes by their
 * gRPC names.
 */
export type SnapshotterErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'INVALID_ARGUMENT'
  | 'FAILED_PRECONDITION'
  | 'UNAVAILABLE'
  | 'RESOURCE_EXHAUSTED'
  | 'UNIMPLEMENTED'
  | 'CANCELLED'
  | 'INTERNAL';

/** The one error of this package and its adapters. */
export class SnapshotterError extends Error {
  readonly code: SnapshotterErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: SnapshotterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SnapshotterError';
    this.code = code;
  }
}
