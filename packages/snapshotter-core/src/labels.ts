/**
 * Labels of a snapshot. The snapshotter keeps every label it is given, whatever its key: containerd finds the
 * snapshots it asked for by them. Key and value together are at most 4096 bytes of UTF-8.
 */
export type Labels = Readonly<Record<string, string>>;
