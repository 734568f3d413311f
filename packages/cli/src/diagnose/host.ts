/** The machine that is looked at, as far as it is known without looking. */
export interface Host {
  /** As `process.platform`. */
  readonly platform: string;
  /** Of the kernel. */
  readonly release: string;
  /** Of this process. */
  readonly uid: number;
  /** The device that FUSE file systems are served over. */
  readonly fuseDevice: string;
  /** Where the kernel lists its file systems; see proc(5), /proc/filesystems. */
  readonly fileSystems: string;
}
