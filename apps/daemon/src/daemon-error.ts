/** Why the daemon does not start, as far as its user can act on it. */
export type DaemonErrorCode =
  /** The configuration file or a flag. */
  | 'CONFIG'
  /** Not root, or a directory that cannot be used. */
  | 'ENVIRONMENT'
  /** Another daemon has this root. */
  | 'IN_USE';

/** The one error of the daemon itself. Its message is all that the user sees. */
export class DaemonError extends Error {
  readonly code: DaemonErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DaemonError';
    this.code = code;
  }
}
