/** Why a command could not do its work. Each has a status of its own, see `exitStatus`. */
export type CliErrorCode =
  /** The command line. */
  | 'USAGE'
  /** No daemon answers. */
  | 'UNREACHABLE'
  /** Not root. */
  | 'NOT_PERMITTED'
  /** A file could not be read or written. */
  | 'FILE_FAILED'
  /** What answers is not a daemon of this version, or it failed. */
  | 'BAD_ANSWER'
  /** What was given is not what it has to be: a file, or a name that is unknown or ambiguous. */
  | 'INVALID'
  /** A registry that the daemon had to ask refused, or did not answer. */
  | 'REGISTRY_FAILED';

/** The one error of this package. Its message is all that the user sees. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
