/** What is wrong with a layer decides the code. */
export type LayerErrorCode =
  /** The bytes contradict their digest, or what they describe cannot be a file tree. Fetching again may help. */
  | 'CORRUPT'
  /** Nothing says what the bytes ought to be, and the caller did not allow that. */
  | 'UNVERIFIED'
  /** Understood, but not served by this version: the layer has to be pulled whole. */
  | 'UNSUPPORTED'
  /** More than the configured limits allow. */
  | 'TOO_LARGE';

/** The one error of this package. The message names the entry or the chunk, and what is wrong with it. */
export class LayerError extends Error {
  readonly code: LayerErrorCode;

  constructor(code: LayerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LayerError';
    this.code = code;
  }
}
