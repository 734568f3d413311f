/** The kernel's way of reading an inode that is open. */
export interface OpenInode {
  opens: number;
  /** The id that the kernel reads through, or 0: the server is asked, and the page cache keeps what it says. */
  readonly backing: number;
}
