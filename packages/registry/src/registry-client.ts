import type { Artifact, Descriptor } from './artifact.ts';
import type { ImageReference } from './image-reference.ts';

/**
 * Reads manifests and blobs of OCI registries, and stores small things beside images that refer to them
 * (OCI distribution-spec 1.1).
 */
export interface RegistryClient extends AsyncDisposable {
  /**
   * Fetches the manifest of that digest and verifies it.
   *
   * @throws RegistryError
   */
  manifest(
    reference: ImageReference,
    digest: string,
    options?: RegistryCallOptions,
  ): Promise<RegistryManifest>;

  /**
   * Fetches what a reference names: the manifest of its digest, verified, or else of its tag, or else of `latest`.
   * The answer may be an index. Only hosts that may resolve are asked for a tag.
   *
   * @throws RegistryError
   */
  resolve(reference: ImageReference, options?: RegistryCallOptions): Promise<RegistryManifest>;

  /**
   * Opens a blob for random access. Where `size` is given, no request is made here: the first read makes it.
   *
   * @param digest 'sha256:...'; it names the blob, ranged reads cannot check it
   * @throws RegistryError
   */
  openBlob(reference: ImageReference, digest: string, options?: OpenBlobOptions): Promise<RegistryBlob>;

  /**
   * What refers to a manifest: by the referrers API, or else by the referrers tag. Nothing vouches for the list; the
   * manifests that it names say what they refer to.
   *
   * @returns in the registry's order; empty where no host that may resolve has any
   * @throws RegistryError
   */
  referrers(
    reference: ImageReference,
    digest: string,
    options?: ReferrersOptions,
  ): Promise<readonly Descriptor[]>;

  /**
   * Stores an artifact beside the image that it refers to, at the first host that may be pushed to. Where the registry
   * does not list referrers by itself, the referrers tag is brought up to date, others' entries kept; of two who do that at
   * the same moment both end up in the list, unless the other one overwrites it later than this looks again.
   *
   * @param reference its repository is where the artifact goes
   * @returns the descriptor of the artifact's manifest
   * @throws RegistryError; blobs that were stored until then may stay
   */
  attach(reference: ImageReference, artifact: Artifact, options?: RegistryCallOptions): Promise<Descriptor>;
}

export interface ReferrersOptions extends RegistryCallOptions {
  /** Only those of that type. */
  readonly artifactType?: string;
}

export interface RegistryCallOptions {
  readonly signal?: AbortSignal;
}

export interface OpenBlobOptions extends RegistryCallOptions {
  /** The blob's length in bytes, if known (from a manifest). */
  readonly size?: number;
}

/** Half open, in bytes: `offset` up to but without `offset + length`. */
export interface BlobRange {
  readonly offset: number;
  readonly length: number;
}

export interface ReadBlobOptions extends RegistryCallOptions {
  /**
   * Throws where the bytes are not the right ones, by a digest say. The host that sent them is then left for the next
   * one within this read, and asked last for this blob for a while. Where every host's bytes are refused, so often as
   * requests are tried again, the read fails with BAD_RESPONSE, whose cause is what this threw.
   */
  readonly verify?: (bytes: Uint8Array) => void | Promise<void>;
  /**
   * Called while the bytes come in: the first `filled` of `bytes` are here, and stay as they are. After a retry it may
   * be fewer, of another buffer. They have not been through `verify`. Not called where a host sends the whole blob.
   */
  readonly onBytes?: (bytes: Uint8Array, filled: number) => void;
}

export interface ReadManyOptions extends RegistryCallOptions {
  /** As that of `ReadBlobOptions`, with the position in `ranges`. */
  readonly verify?: (bytes: Uint8Array, at: number) => void | Promise<void>;
}

export interface RegistryManifest {
  /** The Content-Type without parameters; '' where there was none. */
  readonly mediaType: string;
  readonly digest: string;
  /** The bytes that the digest is of. */
  readonly bytes: Uint8Array;
}

/** Ranges of one blob. Satisfies `@sluice/layer`'s BlobReader. */
export interface RegistryBlob {
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws RegistryError */
  read(offset: number, length: number, options?: ReadBlobOptions): Promise<Uint8Array>;

  /**
   * The same of many ranges, with few requests where a host serves several ranges in one (multipart/byteranges), and as
   * many reads at the same time where it does not, which is remembered of the host. Ranges that are next to each other
   * are better joined by the caller.
   *
   * @returns in the order of `ranges`
   * @throws RegistryError where one of them cannot be read
   */
  readMany(ranges: readonly BlobRange[], options?: ReadManyOptions): Promise<readonly Uint8Array[]>;
}
