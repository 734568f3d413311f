/** What an index or a manifest says of an object. Source: OCI image-spec 1.1, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  /** 'sha256:...' */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Of a manifest: what it is, where it is no image. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Something small that is stored beside an image and refers to it. */
export interface Artifact {
  /** The image's manifest. It need not be there (image-spec 1.1, manifest.md, `subject`), and its size must be right. */
  readonly subject: Descriptor;
  readonly artifactType: string;
  /** Of `bytes`. */
  readonly mediaType: string;
  /** Its one layer, at most a few MiB: it is sent in one piece. */
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}
