/**
 * - `ADDRESS_IN_USE`: another process listens on the socket.
 * - `ADDRESS_INVALID`: the path cannot be a socket: too long, not absolute, or something else lies there.
 * - `LISTEN_FAILED`: the system refuses; the cause says why.
 */
export type GrpcServerErrorCode = 'ADDRESS_IN_USE' | 'ADDRESS_INVALID' | 'LISTEN_FAILED';

/** The one error of this package. */
export class GrpcServerError extends Error {
  readonly code: GrpcServerErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: GrpcServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GrpcServerError';
    this.code = code;
  }
}
