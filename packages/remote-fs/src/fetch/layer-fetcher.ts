/** Brings the contents of one layer to this machine as they are needed. */
export interface LayerFetcher extends Disposable {
  /**
   * Brings the chunks that cover `length` bytes from `offset` of a content. Resolves once they are verified, in
   * the content store and marked as present. Chunks that another layer or another caller is fetching are waited
   * for, not fetched twice. May bring more than it was asked for.
   *
   * @param content a content number of the layer's index
   * @throws LayerError CORRUPT if the bytes are wrong, twice; whatever keeps blob or store away; the signal's
   *   reason if aborted. Fetching stops when nobody waits for it any more.
   */
  fill(
    content: number,
    offset: number,
    length: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void>;
}
