import type { LayerIndex } from '@sluice/layer';

/** A layer of an image that starts, as far as it concerns what its files say of each other. */
export interface HintedLayer {
  readonly digest: string;
  readonly index: LayerIndex;
  /** Which chunks were asked for: see `ContentTable.reads` of `@sluice/fuse`. */
  readonly reads: Int32Array;
  /** Whether a chunk is on this machine. */
  isHere(chunk: number): boolean;
  /** Bytes of a content that are here; fewer at its end, or where the disk does not give them. Never rejects. */
  read(content: number, offset: number, length: number): Promise<Uint8Array>;
  /** Fetches chunks that will be read soon, if the files that name them are right. Never rejects. */
  bring(chunks: readonly number[]): Promise<void>;
  /** Says what happens to the layer, until the result is disposed. */
  watch(watcher: LayerWatcher): Disposable;
}

/** Is called synchronously, on the way of a read: must be quick, and not throw. */
export interface LayerWatcher {
  /** A reader begins to wait for a chunk. */
  missed(): void;
  /** The bytes of a chunk have come; they may not be changed. */
  arrived(chunk: number, bytes: Uint8Array): void;
}
