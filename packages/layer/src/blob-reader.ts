/** Random access to the bytes of one blob. */
export interface BlobReader {
  /** The blob's length in bytes. */
  readonly size: number;

  /**
   * Reads exactly `length` bytes from `offset`; both lie within the blob.
   *
   * @throws whatever keeps the bytes away; never returns fewer.
   */
  read(offset: number, length: number, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
}
