import type { ErrorName } from './constants.ts';

/** A client has broken the protocol in a way that ends its connection: RFC 9113, section 5.4.1. */
export class ConnectionError extends Error {
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string) {
    super(message);
    this.name = 'ConnectionError';
    this.code = code;
  }
}
