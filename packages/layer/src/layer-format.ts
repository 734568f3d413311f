import type { BlobReader } from './blob-reader.ts';
import type { LayerIndex } from './layer-index.ts';

/** A kind of blob that can be read piece by piece, because something in or beside it says where everything is. */
export interface LayerFormat {
  readonly name: LayerIndex['format'];

  /**
   * Recognises a blob of this format and reads its index, in as few reads as the format allows (two: footer
   * and table of contents; one where both are short).
   *
   * @returns undefined if the blob is not of this format
   * @throws LayerError if it is, but damaged, hostile or (without `allowUnverified`) without a way to verify it
   */
  open(
    blob: BlobReader,
    hints: LayerHints,
    options?: { readonly signal?: AbortSignal },
  ): Promise<LayerIndex | undefined>;
}

/** What the layer's descriptor says of it. */
export interface LayerHints {
  /** Descriptor annotations, by their own keys (without containerd's label prefix). */
  readonly annotations: Readonly<Record<string, string>>;
  /** Accept layers whose index or chunks carry no digest to check them by. Default false. A wrong digest is never accepted. */
  readonly allowUnverified?: boolean;
  /** Also answer overlay's attributes in the `user.` namespace (for mounts with `userxattr`). Default false. */
  readonly userXattr?: boolean;
}
