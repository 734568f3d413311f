import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FuseSource } from '@sluice/fuse';
import type { BuiltTree } from './build-tree.ts';

/** Brings the contents of a built tree, chunk by chunk, as a content store would. */
export interface ContentFiller {
  readonly fill: FuseSource['fill'];
  /** The fills asked for, in order. */
  readonly calls: { readonly content: number; readonly offset: number; readonly length: number }[];
  /** Runs before each fill; what it throws is what the fill rejects with. */
  before: (signal: AbortSignal) => Promise<void>;
}

export function createContentFiller({ content, bytes, digests }: BuiltTree): ContentFiller {
  const filler: ContentFiller = {
    calls: [],
    before: async () => {},
    async fill(number, offset, length, { signal }) {
      filler.calls.push({ content: number, offset, length });
      await filler.before(signal);
      const first = content.contents.chunkStart[number]!;
      const last = first + content.contents.chunkCount[number]!;
      const path = join(content.directory, digests[number]!.slice(0, 2), `${digests[number]}.partial`);
      mkdirSync(dirname(path), { recursive: true });
      const fd = openSync(path, 'a+');
      closeSync(fd);
      const writer = openSync(path, 'r+');
      for (let chunk = first; chunk < last; chunk++) {
        const begin = content.chunkOffset[chunk]!;
        const end = chunk + 1 < last ? content.chunkOffset[chunk + 1]! : content.contents.size[number]!;
        if (end <= offset || begin >= offset + length) continue;
        const part = bytes[number]!.subarray(begin, end);
        writeSync(writer, part, 0, part.length, begin);
        Atomics.or(content.present, chunk >>> 5, 1 << (chunk & 31));
      }
      closeSync(writer);
    },
  };
  return filler;
}
