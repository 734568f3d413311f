/**
 * - `CORRUPT`: the file is no database, not ours, or damaged.
 * - `NEWER`: a newer version of the program has written it.
 * - `IN_USE`: another process has it open.
 * - `NO_SPACE`: the disk is full.
 * - `IO`: it cannot be opened, read, written or flushed.
 * - `CLOSED`: the store was disposed of.
 */
export type MetaStoreErrorCode = 'CORRUPT' | 'NEWER' | 'IN_USE' | 'NO_SPACE' | 'IO' | 'CLOSED';

/** The one error of this package, besides those that the port names. */
export class MetaStoreError extends Error {
  readonly code: MetaStoreErrorCode;

  /** @param message what failed, on what, and what to do */
  constructor(code: MetaStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MetaStoreError';
    this.code = code;
  }
}
