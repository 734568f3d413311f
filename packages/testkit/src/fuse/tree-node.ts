interface NodeAttributes {
  /** Permission bits; 0755 for directories, 0644 otherwise. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSec?: number;
  readonly mtimeNsec?: number;
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
}

/** One node of a file tree, as a test describes it. Names are strings or, where they are not UTF-8, latin1 bytes. */
export type TreeNode =
  | (NodeAttributes & { readonly type: 'dir'; readonly children: ReadonlyMap<string | Uint8Array, TreeNode> })
  | (NodeAttributes & {
      readonly type: 'file';
      readonly bytes: Uint8Array;
      /** Where its chunks begin; one chunk if left out. */
      readonly chunkOffsets?: readonly number[];
      /** Says that the file is so long, whatever `bytes` holds: for files that are too big for a test. */
      readonly sizeBytes?: number;
    })
  | (NodeAttributes & { readonly type: 'symlink'; readonly target: string })
  | (NodeAttributes & { readonly type: 'char' | 'block'; readonly major: number; readonly minor: number })
  | (NodeAttributes & { readonly type: 'fifo' });
