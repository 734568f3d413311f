/**
 * One mount that the caller performs itself, as mount(8) names the parts.
 * Source: containerd api/types/mount.proto.
 */
export interface Mount {
  /** 'overlay' or 'bind'. */
  readonly type: string;
  /** The device or directory; 'overlay' for an overlay. */
  readonly source: string;
  /** A path below the place where the caller mounts; '' for that place itself. */
  readonly target: string;
  readonly options: readonly string[];
}
