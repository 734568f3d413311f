/**
 * One mount, as a line of /proc/self/mountinfo describes it. Source: proc_pid_mountinfo(5).
 */
export interface MountInfo {
  readonly mountId: number;
  /** The mount that this one lies on; its own id for the root of the tree. */
  readonly parentId: number;
  /** The device number of the file system: what `stat().dev` shows for files in it. */
  readonly major: number;
  readonly minor: number;
  /** The directory of the file system that is the root of this mount; '/' unless it is a bind mount. */
  readonly root: string;
  /** Where it is mounted, as this process sees it: absolute, no symbolic links. */
  readonly mountPoint: string;
  /** Options of this mount: 'rw', 'nosuid', ... */
  readonly options: readonly string[];
  readonly propagation: MountPropagation;
  /** Such as 'ext4', 'overlay', 'fuse' or, with a subtype, 'fuse.sshfs'. */
  readonly type: string;
  /** What mount(2) was given as the source; '' where it was given nothing. */
  readonly source: string;
  /** Options of the file system: 'rw', 'lowerdir=/a:/b', ... They are not split where a comma was escaped. */
  readonly superOptions: readonly string[];
}

/** How mounts made below spread. All absent: a private mount. Source: mount_namespaces(7). */
export interface MountPropagation {
  /** The peer group that it shares mounts with. */
  readonly shared?: number;
  /** The peer group that it receives mounts from. */
  readonly master?: number;
  /** The nearest peer group that it receives from which this process can see. */
  readonly propagateFrom?: number;
  readonly unbindable?: true;
}
