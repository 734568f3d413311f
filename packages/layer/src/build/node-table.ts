import { ByteArena } from './byte-arena.ts';
import { growColumn } from './grow-column.ts';
import { HashIndex, hashBytes } from './hash-index.ts';
import { type EntryKind, entryKind } from './layer-entry.ts';
import { noXattrs } from './xattr-store.ts';

/** The number of the root's node. */
export const rootNode = 0;

/**
 * The names of a layer while its tree is being built: a row for each name below each directory, found by
 * (parent row, name). About 80 bytes a name.
 */
export class NodeTable {
  count = 0;
  readonly names = new ByteArena(4096);
  parent = new Uint32Array(64);
  nameOffset = new Uint32Array(64);
  nameLength = new Uint16Array(64);
  kind = new Uint8Array(64);
  /** Bits of `nodeFlag`. */
  flags = new Uint8Array(64);
  mode = new Uint32Array(64);
  uid = new Uint32Array(64);
  gid = new Uint32Array(64);
  mtimeSec = new Float64Array(64);
  mtimeNsec = new Uint32Array(64);
  rdev = new Uint32Array(64);
  /** Regular file: content number or `noContent`. Symlink and hard link: offset of the target in `names`. */
  data = new Uint32Array(64);
  /** Length of the target. */
  dataLength = new Uint32Array(64);
  xattrs = new Uint32Array(64);
  private readonly index = new HashIndex();
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.append(rootNode, { bytes: this.names.bytes, start: 0, end: 0 }, entryKind.directory);
  }

  /** The row of a name below a directory, or -1. */
  find(parent: number, name: Slice): number {
    return this.index.find(this.hash(parent, name), (row) => this.isNamed(row, parent, name));
  }

  /** Adds a row for a name that has none. */
  add(parent: number, name: Slice, kind: EntryKind): number {
    const row = this.append(parent, name, kind);
    this.index.add(this.hash(parent, name), row);
    return row;
  }

  /** Gives a name a new row; what hung below the old one is no longer reached. */
  supersede(row: number, kind: EntryKind): number {
    const start = this.nameOffset[row]!;
    const name = { bytes: this.names.bytes, start, end: start + this.nameLength[row]! };
    const parent = this.parent[row]!;
    const successor = this.append(parent, name, kind);
    this.index.replace(this.hash(parent, name), row, successor);
    this.flags[successor] = this.flags[row]! & nodeFlag.whiteout;
    this.flags[row]! |= nodeFlag.dead;
    return successor;
  }

  private append(parent: number, name: Slice, kind: EntryKind): number {
    if (this.count === this.parent.length) this.grow();
    const row = this.count++;
    this.parent[row] = parent;
    this.nameOffset[row] = this.names.append(name.bytes, name.start, name.end);
    this.nameLength[row] = name.end - name.start;
    this.kind[row] = kind;
    this.xattrs[row] = noXattrs;
    return row;
  }

  private hash(parent: number, name: Slice): number {
    return hashBytes(name.bytes, name.start, name.end, Math.imul(parent + 1, 0x9e3779b1) ^ this.seed);
  }

  private isNamed(row: number, parent: number, name: Slice): boolean {
    if (this.parent[row] !== parent || this.nameLength[row] !== name.end - name.start) return false;
    const ours = this.names.bytes;
    const offset = this.nameOffset[row]! - name.start;
    for (let i = name.start; i < name.end; i++) if (ours[offset + i] !== name.bytes[i]) return false;
    return true;
  }

  private grow(): void {
    this.parent = growColumn(this.parent);
    this.nameOffset = growColumn(this.nameOffset);
    this.nameLength = growColumn(this.nameLength);
    this.kind = growColumn(this.kind);
    this.flags = growColumn(this.flags);
    this.mode = growColumn(this.mode);
    this.uid = growColumn(this.uid);
    this.gid = growColumn(this.gid);
    this.mtimeSec = growColumn(this.mtimeSec);
    this.mtimeNsec = growColumn(this.mtimeNsec);
    this.rdev = growColumn(this.rdev);
    this.data = growColumn(this.data);
    this.dataLength = growColumn(this.dataLength);
    this.xattrs = growColumn(this.xattrs);
  }
}

export const nodeFlag = {
  /** A `.wh.` entry of this name was seen: nothing below this layer shows through it. */
  whiteout: 1,
  /** A `.wh..wh..opq` entry was seen in this directory. */
  opaque: 2,
  /** Another row has taken its name. */
  dead: 4,
} as const;

export const noContent = 0xffffffff;

/** `bytes[start, end)` */
export interface Slice {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}
