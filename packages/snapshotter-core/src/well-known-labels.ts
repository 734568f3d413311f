/**
 * The label on Prepare that names the snapshot which the caller is about to make (its chain ID): the "target".
 * A snapshotter that can provide it by other means commits it under that name and answers ALREADY_EXISTS.
 * Source: containerd core/snapshots/snapshotter.go, `LabelSnapshotRef`.
 */
export const TARGET_LABEL = 'containerd.io/snapshot.ref';

/** The prefix of the labels that containerd passes on to a snapshotter. */
export const INHERITED_LABEL_PREFIX = 'containerd.io/snapshot/';

/**
 * How the ids in a container's user namespace map to those outside: `<inside>:<outside>:<count>`, several of them
 * with commas. With both, the snapshot is to be mounted idmapped, and its root belongs to the container's root.
 * Source: containerd core/snapshots/snapshotter.go, `LabelSnapshotUIDMapping`.
 */
export const ID_MAPPING_LABELS = {
  uid: 'containerd.io/snapshot/uidmapping',
  gid: 'containerd.io/snapshot/gidmapping',
} as const;

/** Says in `stat` and `list` where a snapshot's own content is. Source: containerd's overlay driver. */
export const UPPERDIR_LABEL = 'containerd.io/snapshot/overlay.upperdir';
