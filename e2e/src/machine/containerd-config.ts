import { imageNames } from '../images/image-names.ts';
import type { ContainerdVersion } from './containerd-version.ts';

/** The name of the proxy plugin: what `--snapshotter` says. */
export const SNAPSHOTTER = 'sluice';

export interface ContainerdPlaces {
  readonly root: string;
  readonly state: string;
  readonly address: string;
  /** Root directory of the snapshotter, and its socket. */
  readonly sluiceRoot: string;
  readonly sluiceAddress: string;
}

/** A containerd whose CRI, and from 2 on its transfer service, pull through the snapshotter. */
export function containerdConfig(version: ContainerdVersion, places: ContainerdPlaces): string {
  return version.name === '2' ? configVersion3(places) : configVersion2(version, places);
}

function common(places: ContainerdPlaces): string {
  return `
root = "${places.root}"
state = "${places.state}"
[grpc]
  address = "${places.address}"
[proxy_plugins.${SNAPSHOTTER}]
  type = "snapshot"
  address = "${places.sluiceAddress}"
`;
}

function configVersion2({ name }: ContainerdVersion, places: ContainerdPlaces): string {
  const exported = `
[proxy_plugins.${SNAPSHOTTER}.exports]
  root = "${places.sluiceRoot}"
`;
  return `version = 2
${common(places)}${name === '1.6' ? '' : exported}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${imageNames.pause}"
  # The container that all this runs in may not lower its score.
  restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "${SNAPSHOTTER}"
  disable_snapshot_annotations = false
`;
}

function configVersion3(places: ContainerdPlaces): string {
  return `version = 3
${common(places)}
[proxy_plugins.${SNAPSHOTTER}.exports]
  root = "${places.sluiceRoot}"
  enable_remote_snapshot_annotations = "true"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "${SNAPSHOTTER}"
  disable_snapshot_annotations = false
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${imageNames.pause}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
[[plugins."io.containerd.transfer.v1.local".unpack_config]]
  platform = "linux"
  snapshotter = "${SNAPSHOTTER}"
`;
}
