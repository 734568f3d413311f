interface DescribedAttributes {
  /** Permission bits, set-uid and the like included; 0755 for directories, 0777 for symbolic links, else 0644. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Since 1970, negative before. Access and change times are the same. */
  readonly mtimeSec?: number;
  readonly mtimeNsec?: number;
  /** Values by name, with the prefix: `user.mime`, `security.capability`. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

export interface DescribedDirectory extends DescribedAttributes {
  readonly type: 'dir';
  /** By name: text is UTF-8, bytes are taken as they are. */
  readonly children: ReadonlyMap<string | Uint8Array, DescribedNode>;
}

export interface DescribedFile extends DescribedAttributes {
  readonly type: 'file';
  readonly sizeBytes: number;
  /** The number of its content in the content table; not needed for an empty file. */
  readonly content?: number;
}

/**
 * One node of a file tree as objects, for trees that are small or made by hand. A node that stands at several places
 * is one inode with several links.
 */
export type DescribedNode =
  | DescribedDirectory
  | DescribedFile
  | (DescribedAttributes & { readonly type: 'symlink'; readonly target: string | Uint8Array })
  | (DescribedAttributes & {
      readonly type: 'char' | 'block';
      readonly major: number;
      readonly minor: number;
    })
  | (DescribedAttributes & { readonly type: 'fifo' | 'socket' });
