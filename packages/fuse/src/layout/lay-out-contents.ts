import type { ContentTable } from '../content-table.ts';

/** One content: the bytes that one or more files have. */
export interface DescribedContent {
  /** 64 hexadecimal digits: the name of its file. */
  readonly digest: string;
  /** Above 0. */
  readonly sizeBytes: number;
  /** Where its chunks begin: ascending, the first 0. One chunk if left out. */
  readonly chunkOffsets?: readonly number[];
}

/**
 * Lays out a content table of which no chunk is here yet. The content at index n has the number n.
 *
 * @param directory where the contents' files will lie
 */
export function layOutContents(contents: readonly DescribedContent[], directory: string): ContentTable {
  const chunks = contents.map(({ chunkOffsets }) => chunkOffsets ?? [0]);
  const chunkStart = new Uint32Array(contents.length);
  for (let i = 1; i < contents.length; i++) chunkStart[i] = chunkStart[i - 1]! + chunks[i - 1]!.length;
  const chunkOffset = Float64Array.from(chunks.flat());
  return {
    directory,
    contents: {
      size: Float64Array.from(contents, ({ sizeBytes }) => sizeBytes),
      chunkStart,
      chunkCount: Uint32Array.from(chunks, ({ length }) => length),
      digest: Uint8Array.from(Buffer.from(contents.map(({ digest }) => digest).join(''), 'hex')),
    },
    chunkOffset,
    present: new Int32Array(new SharedArrayBuffer(4 * (Math.ceil(chunkOffset.length / 32) || 1))),
  };
}
