export type HolderErrorCode =
  /** Nobody listens on the holder's socket. */
  | 'NOT_RUNNING'
  /** It could not be started, or does not answer in time. */
  | 'START_FAILED'
  /** The connection to it is closed. */
  | 'CLOSED'
  /** Something is held by that name already. */
  | 'NAME_TAKEN'
  /** Nothing is held by that name. */
  | 'NOT_HELD'
  /** A descriptor could not be taken out of the other process. */
  | 'TRANSFER_FAILED'
  /** The holder does not understand what it was sent, or this process what it answered. */
  | 'PROTOCOL';

/** Everything that this package throws. */
export class HolderError extends Error {
  override readonly name = 'HolderError';
  readonly code: HolderErrorCode;

  constructor(code: HolderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
