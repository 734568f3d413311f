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

  return {
    bits,
    has,
    add,
    addContent(content) {
      const { first, end } = contentChunks(index, content);
      for (let chunk = first; chunk < end; chunk++) add(chunk);
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
