/**
 * An open-addressing hash table of row numbers: the rows themselves, and what makes two of them equal, belong to
 * the caller. 8 bytes a slot, at most half full, no object a row.
 */
export class HashIndex {
  private rows = new Int32Array(64).fill(-1);
  private hashes = new Int32Array(64);
  private used = 0;

  /** The first row with this hash that `equal` accepts, or -1. */
  find(hash: number, equal: (row: number) => boolean): number {
    const mask = this.rows.length - 1;
    for (let slot = mix(hash) & mask; this.rows[slot] !== -1; slot = (slot + 1) & mask) {
      if (this.hashes[slot] === hash && equal(this.rows[slot]!)) return this.rows[slot]!;
    }
    return -1;
  }

  /** Adds a row that `find` did not find. */
  add(hash: number, row: number): void {
    if (++this.used * 2 > this.rows.length) this.grow();
    this.put(hash, row);
  }

  /** Puts another row where `row`, which was added with this hash, is. */
  replace(hash: number, row: number, by: number): void {
    const mask = this.rows.length - 1;
    let slot = mix(hash) & mask;
    while (this.rows[slot] !== row) slot = (slot + 1) & mask;
    this.rows[slot] = by;
  }

  private put(hash: number, row: number): void {
    const mask = this.rows.length - 1;
    let slot = mix(hash) & mask;
    while (this.rows[slot] !== -1) slot = (slot + 1) & mask;
    this.rows[slot] = row;
    this.hashes[slot] = hash;
  }

  private grow(): void {
    const { rows, hashes } = this;
    this.rows = new Int32Array(rows.length * 2).fill(-1);
    this.hashes = new Int32Array(rows.length * 2);
    for (let slot = 0; slot < rows.length; slot++) {
      if (rows[slot] !== -1) this.put(hashes[slot]!, rows[slot]!);
    }
  }
}

/** Spreads a weak hash over all bits (the finalizer of MurmurHash3). */
function mix(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hash of `bytes[start, end)` (FNV-1a), begun with `seed`; an int32. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash | 0;
}
