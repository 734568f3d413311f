import type { ByteArena } from './byte-arena.ts';
import type { XattrList } from './xattr-list.ts';

/** What an entry of a layer is; `whiteout` only arises from names (`.wh.x`), no archive says it of itself. */
export const entryKind = {
  whiteout: 0,
  directory: 1,
  regular: 2,
  symlink: 3,
  character: 4,
  block: 5,
  fifo: 6,
  hardlink: 7,
} as const;

export type EntryKind = (typeof entryKind)[keyof typeof entryKind];

/**
 * One entry as an archive or its table of contents describes it, not yet checked. A reader fills the same record
 * again for each entry: whoever keeps something copies it.
 */
export interface LayerEntry {
  kind: EntryKind;
  /** Path in the layer, raw bytes. Leading and doubled slashes, `.` and a trailing slash do not matter. */
  readonly path: ByteArena;
  /** Target of a symlink, or path in the layer of a hard link's target. */
  readonly link: ByteArena;
  /** Permission bits (07777); others are ignored. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of a regular file; ignored otherwise. */
  size: number;
  mtimeSec: number;
  mtimeNsec: number;
  devMajor: number;
  devMinor: number;
  readonly xattrs: XattrList;
}
