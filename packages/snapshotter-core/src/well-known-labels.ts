/**
 * The label on Prepare that names the snapshot which the caller is about to make (its chain ID): the "target".
 * A snapshotter that can provide it by other means commits it under that name and answers ALREADY_EXISTS.
 * Source: containerd core/snapshots/snapshotter.go, `LabelSnapshotRef`.
 */
export const TARGET_LABEL = 'containerd.io/snapshot.ref';

/** The prefix of the labels that containerd passes on to a snapshotter. */
export const INHERITED_LABEL_PREFIX = 'containerd.io/snapshot/';
