/** Which layer a snapshot's labels ask for, and where it is to be had. Every part has been validated. */
export interface LayerSource {
  /** The image reference, as the client wrote it. */
  readonly reference: string;
  /** The digest of the compressed layer: 'sha256:' and 64 hex digits. */
  readonly layerDigest: string;
  /** The digest of the image's manifest, where the client names it. */
  readonly manifestDigest?: string;
  /** The digests of this layer and of those above it, as far as the client names them. */
  readonly layers: readonly string[];
  /** Annotations of the layer's descriptor that reached the labels, by their own keys. */
  readonly annotations: Readonly<Record<string, string>>;
}
