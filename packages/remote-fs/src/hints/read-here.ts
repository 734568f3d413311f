import { chunkAt } from '@sluice/layer';
import type { TreeFile } from './image-tree.ts';
import type { ReadFile } from './parse-elf-needs.ts';
import type { RecentChunks } from './recent-chunks.ts';

/** Reads a file as far as it is here: what has come lately from memory, the rest from the disk. */
export function readHere({ layer, content }: TreeFile, recent: RecentChunks): ReadFile {
  const { index } = layer;
  return async (offset, length) => {
    if (length <= 0 || offset + length > index.contents.size[content]!) return undefined;
    const from = chunkAt(index, content, offset);
    const to = chunkAt(index, content, offset + length - 1);
    const held = from === to ? recent.get(layer, from) : undefined;
    if (held) {
      const start = offset - index.chunks.contentOffset[from]!;
      return held.subarray(start, start + length);
    }
    for (let chunk = from; chunk <= to; chunk++) if (!layer.isHere(chunk)) return undefined;
    const bytes = await layer.read(content, offset, length);
    return bytes.length === length ? bytes : undefined;
  };
}
