import { chunkSize, contentChunks, type LayerIndex } from '@sluice/layer';

/**
 * Which chunks of one layer are on disk and verified: one bit a chunk, in memory shared with the thread that
 * answers the kernel (see ContentTable.present of `@sluice/fuse`).
 */
export interface Presence {
  readonly bits: Int32Array;
  has(chunk: number): boolean;
  /** Call it only after the bytes are in their file. */
  add(chunk: number): void;
  /** Adds all chunks of a content. */
  addContent(content: number): void;
  /** Marks contents as absent whose files were removed: those with these names. */
  removeContents(names: readonly Uint8Array[]): void;
  /** Counts what is here: looks at every chunk. */
  count(): PresentBytes;
}

export interface PresentBytes {
  /** Uncompressed bytes of the chunks that are here. */
  readonly bytes: number;
  /** Contents with at least one chunk here. */
  readonly contents: number;
}

export function createPresence(index: LayerIndex): Presence {
  const words = Math.max(1, Math.ceil(index.chunkCount / 32));
  const bits = new Int32Array(new SharedArrayBuffer(words * 4));
  const has = (chunk: number) => (Atomics.load(bits, chunk >>> 5) & (1 << (chunk & 31))) !== 0;
  const add = (chunk: number) => void Atomics.or(bits, chunk >>> 5, 1 << (chunk & 31));
  const remove = (chunk: number) => void Atomics.and(bits, chunk >>> 5, ~(1 << (chunk & 31)));

  return {
    bits,
    has,
    add,
    addContent(content) {
      const { first, end } = contentChunks(index, content);
      for (let chunk = first; chunk < end; chunk++) add(chunk);
    },
    removeContents(names) {
      const prefixes = new Set(names.map((name) => prefixOf(name)));
      const { digest } = index.contents;
      for (let content = 0; content < index.contentCount; content++) {
        // One that shares the prefix with a removed one is looked up once more, and no harm done.
        if (!prefixes.has(prefixOf(digest, content * 32))) continue;
        const { first, end } = contentChunks(index, content);
        for (let chunk = first; chunk < end; chunk++) remove(chunk);
      }
    },
    count() {
      let bytes = 0;
      let contents = 0;
      for (let content = 0; content < index.contentCount; content++) {
        const here = bytesHere(index, content, has);
        bytes += here;
        if (here > 0) contents++;
      }
      return { bytes, contents };
    },
  };
}

function bytesHere(index: LayerIndex, content: number, has: (chunk: number) => boolean): number {
  const { first, end } = contentChunks(index, content);
  if (end - first === 1) return has(first) ? index.contents.size[content]! : 0;
  let bytes = 0;
  for (let chunk = first; chunk < end; chunk++) if (has(chunk)) bytes += chunkSize(index, chunk);
  return bytes;
}

/** 48 bits of a name, as a number. */
function prefixOf(names: Uint8Array, at = 0): number {
  const high = names[at]! * 0x100 + names[at + 1]!;
  const low = names[at + 2]! * 0x1000000 + names[at + 3]! * 0x10000 + names[at + 4]! * 0x100 + names[at + 5]!;
  return high * 0x100000000 + low;
}
