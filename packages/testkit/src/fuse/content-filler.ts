import { closeSync, constants, openSync, renameSync, writeSync } from 'node:fs';
import type { FuseSource } from '@sluice/fuse';
import type { BuiltTree } from './build-tree.ts';
import { contentPath } from './content-path.ts';

/** Brings the contents of a built tree, chunk by chunk, as a content store would. */
export interface ContentFiller {
  readonly fill: FuseSource['fill'];
  /** The fills asked for, in order. */
  readonly calls: { readonly content: number; readonly offset: number; readonly length: number }[];
  /** Runs before each fill; what it throws is what the fill rejects with. */
  before: (signal: AbortSignal) => Promise<void>;
  /** Brings the whole of a content at once and gives its file its final name. Not counted as a call. */
  complete(content: number): void;
}

export function createContentFiller(built: BuiltTree): ContentFiller {
  const calls: ContentFiller['calls'] = [];
  const filler: ContentFiller = {
    calls,
    before: async () => {},
    async fill(content, offset, length, { signal }) {
      calls.push({ content, offset, length });
      await filler.before(signal);
      writeChunks(built, content, { offset, length });
      return undefined;
    },
    complete(content) {
      writeChunks(built, content, { offset: 0, length: Number.POSITIVE_INFINITY });
      const path = contentPath(built, content);
      renameSync(`${path}.partial`, path);
    },
  };
  return filler;
}

/** Writes the chunks that cover a range, then sets their bits. */
function writeChunks(built: BuiltTree, number: number, range: { offset: number; length: number }): void {
  const { content } = built;
  const first = content.contents.chunkStart[number]!;
  const last = first + content.contents.chunkCount[number]!;
  const fd = openSync(`${contentPath(built, number)}.partial`, constants.O_WRONLY | constants.O_CREAT);
  for (let chunk = first; chunk < last; chunk++) {
    const begin = content.chunkOffset[chunk]!;
    const end = chunk + 1 < last ? content.chunkOffset[chunk + 1]! : content.contents.size[number]!;
    if (end <= range.offset || begin >= range.offset + range.length) continue;
    const part = built.bytes[number]!.subarray(begin, end);
    writeSync(fd, part, 0, part.length, begin);
    Atomics.or(content.present, chunk >>> 5, 1 << (chunk & 31));
  }
  closeSync(fd);
}
