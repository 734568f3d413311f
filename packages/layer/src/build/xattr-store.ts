import { ByteArena } from './byte-arena.ts';
import { HashIndex, hashBytes } from './hash-index.ts';
import { XattrList } from './xattr-list.ts';

export const noXattrs = 0xffffffff;

/** All attribute lists of a layer, each once, in the form of LayerIndex.xattrs. */
export class XattrStore {
  readonly arena = new ByteArena(1024);
  private readonly index = new HashIndex();
  private readonly offsets: number[] = [];
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** Keeps a list and gives its offset; `noXattrs` for an empty one. */
  put(list: XattrList): number {
    if (list.count === 0) return noXattrs;
    const bytes = list.view();
    const hash = hashBytes(bytes, 0, bytes.length, this.seed);
    const row = this.index.find(hash, (candidate) => this.equals(candidate, bytes));
    if (row >= 0) return this.offsets[row]!;
    const offset = this.arena.append(bytes, 0, bytes.length);
    this.offsets.push(offset);
    this.index.add(hash, this.offsets.length - 1);
    return offset;
  }

  /** The list at `offset` (which may be `noXattrs`) and overlayfs's mark of an opaque directory. */
  withOpaque(offset: number, userXattr: boolean): number {
    const list = new XattrList();
    list.clear();
    if (offset !== noXattrs) list.load(this.arena.view(), offset, this.endOf(offset));
    list.addOpaque(userXattr);
    return this.put(list);
  }

  private equals(row: number, bytes: Uint8Array): boolean {
    const offset = this.offsets[row]!;
    const end = this.offsets[row + 1] ?? this.arena.length;
    return Buffer.compare(this.arena.bytes.subarray(offset, end), bytes) === 0;
  }

  private endOf(offset: number): number {
    let low = 0;
    let high = this.offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.offsets[middle]! <= offset) low = middle + 1;
      else high = middle;
    }
    return this.offsets[low] ?? this.arena.length;
  }
}
