/**
 * What a container of an image read between its start and its readiness: of each layer, ranges of the compressed
 * blob, in the order of the first read. Blob ranges mean the same on every machine, and to every version.
 */
export interface Profile {
  readonly version: 1;
  /** What it is of: the digest of the image's manifest, or where that is not known, the image reference. */
  readonly image: string;
  /** The image reference that was being started when it was recorded. For people. */
  readonly reference: string;
  /** RFC 3339. */
  readonly recordedAt: string;
  /** By the layers' digests. */
  readonly layers: Readonly<Record<string, readonly BlobRange[]>>;
}

/** [offset, length], in bytes of the blob. */
export type BlobRange = readonly [number, number];

/** A profile is made of at most so many ranges; one with more is no profile but an accident. */
export const maxRanges = 100_000;
