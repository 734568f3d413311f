import { INHERITED_LABEL_PREFIX, type Labels, NotLazyError } from '@sluice/snapshotter-core';
import type { LayerSource } from './layer-source.ts';

/** The labels by which a client names the layer. Each client uses one set, with its own keys. */
interface LabelSet {
  readonly reference: string;
  readonly digest: string;
  readonly layers: string;
  readonly manifest?: string;
}

/** CRI and the transfer service. Source: containerd pkg/snapshotters/annotations.go. */
const criLabels: LabelSet = {
  reference: 'containerd.io/snapshot/cri.image-ref',
  digest: 'containerd.io/snapshot/cri.layer-digest',
  layers: 'containerd.io/snapshot/cri.image-layers',
  manifest: 'containerd.io/snapshot/cri.manifest-digest',
};

/** ctr-remote and nerdctl. Source: stargz-snapshotter fs/source/source.go. */
const stargzLabels: LabelSet = {
  reference: 'containerd.io/snapshot/remote/stargz.reference',
  digest: 'containerd.io/snapshot/remote/stargz.digest',
  layers: 'containerd.io/snapshot/remote/stargz.layers',
};

const notAnnotations = ['containerd.io/snapshot/cri.', 'containerd.io/snapshot/remote/'];
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads the labels of a snapshot to be. Where a label set is complete, the others are ignored; CRI's comes
 * first, because it also names the manifest.
 *
 * @throws NotLazyError 'no-labels' if no set is complete, or if a label that is needed is not what it must be
 */
export function parseLayerSource(labels: Labels): LayerSource {
  const set = [criLabels, stargzLabels].find((keys) => labels[keys.reference] && labels[keys.digest]);
  if (!set) {
    throw new NotLazyError(
      'no-labels',
      `the snapshot's labels name no layer: neither ${criLabels.digest} nor ${stargzLabels.digest} with a reference`,
    );
  }
  const manifestDigest = set.manifest && labels[set.manifest];
  const layerDigest = digestIn(labels, set.digest);
  return {
    reference: labels[set.reference]!,
    layerDigest,
    ...(manifestDigest ? { manifestDigest: digestIn(labels, set.manifest!) } : {}),
    layers: (labels[set.layers] ?? '').split(',').filter((digest) => digestPattern.test(digest)),
    annotations: annotationsIn(labels),
  };
}

function digestIn(labels: Labels, key: string): string {
  const value = labels[key]!;
  if (digestPattern.test(value)) return value;
  throw new NotLazyError(
    'no-labels',
    `label ${key} is ${JSON.stringify(value.slice(0, 100))}, which is not a sha256 digest`,
  );
}

/** containerd hands on the annotations that begin with its prefix, under their own keys. */
function annotationsIn(labels: Labels): Readonly<Record<string, string>> {
  const ours = Object.entries(labels).filter(
    ([key]) =>
      key.startsWith(INHERITED_LABEL_PREFIX) && !notAnnotations.some((prefix) => key.startsWith(prefix)),
  );
  return Object.fromEntries(ours);
}
