/** What a caller can do about it decides the code. */
export type RegistryErrorCode =
  /** The reference, the digest or a hosts.toml does not parse. */
  | 'INVALID'
  /** No host has it. */
  | 'NOT_FOUND'
  /** The registry wants (other) credentials. */
  | 'UNAUTHORIZED'
  /** The registry understood who asks, and refuses. */
  | 'FORBIDDEN'
  /** Connections fail, or servers answer with errors: later may be better. */
  | 'UNAVAILABLE'
  /** The server's answer makes no sense: short, wrong range, wrong digest. */
  | 'BAD_RESPONSE';

/** The one error of this package. The message names host, repository and cause. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;

  constructor(code: RegistryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegistryError';
    this.code = code;
  }
}
