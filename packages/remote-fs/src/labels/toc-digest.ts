/**
 * The descriptor annotation (and so the label) that vouches for an eStargz layer's table of contents: sha256 of
 * its uncompressed JSON. Source: stargz-snapshotter estargz/types.go, `TOCJSONDigestAnnotation`.
 */
const tocDigestAnnotation = 'containerd.io/snapshot/stargz/toc.digest';

/** The digest by which a layer's index is verified; undefined if nothing vouches for it. */
export function tocDigest(annotations: Readonly<Record<string, string>>): string | undefined {
  return annotations[tocDigestAnnotation] || undefined;
}
