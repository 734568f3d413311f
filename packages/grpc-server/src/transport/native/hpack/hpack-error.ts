/** A header block that cannot be decoded. Nothing that follows on the connection can be either. */
export class HpackError extends Error {
  /** The name of the HTTP/2 error (RFC 9113, section 7). */
  readonly code = 'COMPRESSION_ERROR';

  constructor(message: string) {
    super(message);
    this.name = 'HpackError';
  }
}
