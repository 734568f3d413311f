/** A set of chunk numbers, a bit each. */
export interface ChunkSet {
  readonly size: number;
  has(chunk: number): boolean;
  add(chunk: number): void;
  delete(chunk: number): void;
  clear(): void;
}

/** @param chunkCount one more than the highest number the set can hold */
export function createChunkSet(chunkCount: number): ChunkSet {
  const bits = new Uint8Array(Math.ceil(chunkCount / 8));
  let size = 0;
  const has = (chunk: number) => (bits[chunk >>> 3]! & (1 << (chunk & 7))) !== 0;
  return {
    get size() {
      return size;
    },
    has,
    add(chunk) {
      if (has(chunk)) return;
      bits[chunk >>> 3]! |= 1 << (chunk & 7);
      size++;
    },
    delete(chunk) {
      if (!has(chunk)) return;
      bits[chunk >>> 3]! &= ~(1 << (chunk & 7));
      size--;
    },
    clear() {
      bits.fill(0);
      size = 0;
    },
  };
}
