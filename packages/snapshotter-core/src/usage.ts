/** Resources that a snapshot holds on this machine, its parents not counted. */
export interface Usage {
  /** Disk space in bytes (blocks in use, not apparent sizes). */
  readonly sizeBytes: number;
  /** Inodes; hard links to one inode count once. */
  readonly inodes: number;
}
