/**
 * What another process needs to go on serving a mount when this one has ended, however it ended: the connection to the
 * kernel, and what was agreed on it. Whoever shares the descriptor keeps the mount alive meanwhile; readers wait.
 */
export interface MountHandover {
  /**
   * The connection's descriptor, as this process knows it. The driver closes it; others take a descriptor of their own,
   * by pidfd_getfd(2), SCM_RIGHTS or inheritance, and the connection lives until the last is closed.
   */
  readonly device: number;
  /** Text, below 2 KiB, which does not change as long as the mount is served. */
  readonly state: string;
}
