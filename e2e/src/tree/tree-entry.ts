/** One name of a file tree, with all that a program can see of it without its parents. */
export interface TreeEntry {
  /** From the tree's root: '/', '/usr/bin'. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'character' | 'block' | 'fifo' | 'socket';
  /** Permissions with the set-id and sticky bits, in octal. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** In nanoseconds since the epoch. */
  readonly mtimeNs: string;
  /** Names of the file; of a directory undefined, since not every file system counts subdirectories. */
  readonly links?: number;
  /** Bytes, of a file or of a symbolic link. */
  readonly size?: number;
  /** SHA-256 of a file's content. */
  readonly sha256?: string;
  /** Of a symbolic link. */
  readonly target?: string;
  /** Of a device: major and minor number, as one. */
  readonly device?: number;
  /** The first path, in the order of the list, of the same file, where it has more than one. */
  readonly sameAs?: string;
  /** Extended attributes, in hexadecimal, by name. */
  readonly attributes?: Readonly<Record<string, string>>;
}
