import { NotLazyError } from '@sluice/snapshotter-core';

/**
 * What names an index: the layer, and what vouches for the index. An index that was verified by one digest must
 * never be used where another is asked for, nor one that was taken unverified where that is not allowed.
 */
export interface LayerKey {
  readonly layerDigest: string;
  /** 'toc-<hex>' or 'none'; with '.unverified' behind where unverified contents were allowed. Fit for a path. */
  readonly trust: string;
}

/**
 * @param tocDigest as the descriptor's annotation or the label has it
 * @throws NotLazyError 'unsupported-format' for a digest of another kind than sha256
 */
export function layerKey(
  layerDigest: string,
  tocDigest: string | undefined,
  allowUnverified: boolean,
): LayerKey {
  if (tocDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(tocDigest)) {
    throw new NotLazyError(
      'unsupported-format',
      `layer ${layerDigest} names ${JSON.stringify(tocDigest.slice(0, 100))} as the digest of its table of contents, which is not a sha256 digest`,
    );
  }
  const vouched = tocDigest ? tocDigest.replace('sha256:', 'toc-') : 'none';
  return { layerDigest, trust: allowUnverified ? `${vouched}.unverified` : vouched };
}
