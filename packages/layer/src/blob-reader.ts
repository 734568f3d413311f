/** Random access to the bytes of one blob. */
export interface BlobReader {
  /** The blob's length in bytes. */
  readonly size: number;

  /**
   * Reads exactly `length` bytes from `offset`; both lie within the blob.
   *
   * @throws whatever keeps the bytes away; never returns fewer.
   */
  read(offset: number, length: number, options?: BlobReadOptions): Promise<Uint8Array>;
}

export interface BlobReadOptions {
  readonly signal?: AbortSignal;
  /**
   * Where the reader can tell, it is called while the bytes come in: the first `filled` of `bytes` are there, and
   * stay as they are. After a retry `filled` may be less, of another buffer. Must not throw.
   */
  readonly onBytes?: (bytes: Uint8Array, filled: number) => void;
  /** Throws where the bytes are not the right ones: a reader that knows another place asks that one then. */
  readonly verify?: (bytes: Uint8Array) => void | Promise<void>;
}
