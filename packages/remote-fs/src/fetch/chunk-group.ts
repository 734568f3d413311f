/** Chunks of a layer that are fetched with one range request. */
export interface ChunkGroup {
  /** Chunk numbers of the layer, by place in the blob. */
  readonly chunks: readonly number[];
  /** Where each of them begins and ends, in bytes from `offset`. Beginnings ascend. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** The range of the blob that covers them, in bytes. */
  readonly offset: number;
  readonly length: number;
}
