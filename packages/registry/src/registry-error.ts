/** What a caller can do about it decides the code. */
export type RegistryErrorCode =
  /** The reference, the digest, a hosts.toml or a credentials file does not parse, or a range lies outside the blob. */
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

export interface RegistryErrorOptions extends ErrorOptions {
  /** Default: true for UNAVAILABLE and BAD_RESPONSE. */
  readonly retryable?: boolean;
  /** What a server asked for with Retry-After. */
  readonly retryAfterMs?: number | undefined;
}

/** The one error of this package. The message names host, repository and cause, and never holds a secret. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  /** Whether the same request may succeed later, at the same host. */
  readonly retryable: boolean;
  /** Milliseconds that the server asked to be left alone; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'RegistryError';
    this.code = code;
    this.retryable = options.retryable ?? (code === 'UNAVAILABLE' || code === 'BAD_RESPONSE');
    this.retryAfterMs = options.retryAfterMs;
  }
}
