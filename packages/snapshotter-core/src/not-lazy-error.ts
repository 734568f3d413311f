/** Why a layer cannot be mounted lazily. The literal is what the metric and `sluice ls` show. */
export type NotLazyReason =
  | 'no-file-system'
  | 'no-labels'
  | 'unsupported-format'
  | 'unverified'
  | 'corrupt'
  | 'not-found'
  | 'unauthorized'
  | 'registry-unavailable'
  | 'mount-failed'
  | 'internal';

/** Thrown by `FileSystem.mount` when a layer must be unpacked in the ordinary way. */
export class NotLazyError extends Error {
  readonly reason: NotLazyReason;

  /** @param message what failed, on what, and what to do */
  constructor(reason: NotLazyReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NotLazyError';
    this.reason = reason;
  }
}
