/** One entry of a layer to be built, in the words of lstat. Names are paths in the layer, as a tar has them. */
export type LayerFile = LayerFileMeta &
  (
    | { readonly type: 'dir' | 'fifo' }
    | { readonly type: 'reg'; readonly content: string | Uint8Array | FileOnDisk }
    | { readonly type: 'symlink' | 'hardlink'; readonly target: string }
    | { readonly type: 'char' | 'block'; readonly major: number; readonly minor: number }
  );

export interface LayerFileMeta {
  readonly name: string;
  /** Permission bits. Default 0755 for directories, 0644 for others. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSec?: number;
  readonly mtimeNsec?: number;
  readonly xattrs?: Readonly<Record<string, string | Uint8Array>>;
}

/** Content that is read while the layer is being built. */
export interface FileOnDisk {
  readonly path: string;
  readonly sizeBytes: number;
}

export function modeOf(file: LayerFile): number {
  return file.mode ?? (file.type === 'dir' ? 0o755 : file.type === 'symlink' ? 0o777 : 0o644);
}

export function sizeOf(file: LayerFile): number {
  if (file.type !== 'reg') return 0;
  if (typeof file.content === 'string') return Buffer.byteLength(file.content);
  return 'path' in file.content ? file.content.sizeBytes : file.content.length;
}
