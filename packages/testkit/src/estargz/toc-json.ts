/** The table of contents as stargz-snapshotter writes it (docs/estargz.md). */
export interface TocJson {
  version: number;
  entries: TocEntryJson[];
}

export interface TocEntryJson {
  name: string;
  type: string;
  size?: number;
  modtime?: string;
  linkName?: string;
  mode?: number;
  uid?: number;
  gid?: number;
  offset?: number;
  innerOffset?: number;
  devMajor?: number;
  devMinor?: number;
  xattrs?: Record<string, string>;
  digest?: string;
  chunkOffset?: number;
  chunkSize?: number;
  chunkDigest?: string;
}
