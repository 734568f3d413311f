import { contentChunks, contentOfChunk } from '@sluice/layer';
import type { LayerFile } from '@sluice/testkit/estargz';
import type { HintedLayer, LayerWatcher } from '../../src/hints/hinted-layer.ts';
import { makeTestLayer } from '../test-layer.ts';

/** A layer whose chunks come at once when they are asked for. */
export interface TestHintedLayer {
  readonly layer: HintedLayer;
  /** Paths of what was brought, in order; of large files once a chunk. */
  readonly brought: string[];
  contentOf(path: string): number;
  /** As a reader would, who waits for what is not here. */
  read(path: string): void;
  /** How many watch the layer. */
  watchers(): number;
}

/** @param files contents by path; as a text that begins with '->', the target of a symbolic link */
export async function makeHintedLayer(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: { readonly chunkSizeBytes?: number } = {},
): Promise<TestHintedLayer> {
  const paths = Object.keys(files);
  const { index, contentOf } = await makeTestLayer(
    Object.entries(files).map(([name, content]) => fileOf(name, content)),
    options,
  );
  const regular = paths.filter((path) => !isLink(files[path]!));
  const pathOf = (content: number) => regular.find((path) => contentOf(path) === content)!;
  const bytesOf = (content: number) => Buffer.from(files[pathOf(content)]!);
  const reads = new Int32Array(1 + index.chunkCount);
  const here = new Set<number>();
  const watchers = new Set<LayerWatcher>();
  const brought: string[] = [];
  const bring = (chunk: number) => {
    const content = contentOfChunk(index, chunk);
    const { end } = contentChunks(index, content);
    const from = index.chunks.contentOffset[chunk]!;
    const bytes = bytesOf(content);
    const to = chunk + 1 < end ? index.chunks.contentOffset[chunk + 1]! : bytes.length;
    here.add(chunk);
    for (const watcher of watchers) watcher.arrived(chunk, bytes.subarray(from, to));
  };
  return {
    layer: {
      digest: `sha256:${Buffer.from(paths.join()).toString('hex').slice(0, 64)}`,
      index,
      reads,
      isHere: (chunk) => here.has(chunk),
      read: async (content, offset, length) => bytesOf(content).subarray(offset, offset + length),
      async bring(chunks) {
        for (const chunk of chunks) brought.push(pathOf(contentOfChunk(index, chunk)));
        await Promise.resolve();
        for (const chunk of chunks) bring(chunk);
      },
      watch(watcher) {
        watchers.add(watcher);
        return {
          [Symbol.dispose]() {
            watchers.delete(watcher);
          },
        };
      },
    },
    brought,
    contentOf,
    read(path) {
      const { first, end } = contentChunks(index, contentOf(path));
      for (let chunk = first; chunk < end; chunk++) {
        reads[1 + chunk] ||= ++reads[0]!;
        for (const watcher of watchers) watcher.missed();
        if (!here.has(chunk)) bring(chunk);
      }
    },
    watchers: () => watchers.size,
  };
}

function isLink(content: string | Uint8Array): content is string {
  return typeof content === 'string' && content.startsWith('->');
}

function fileOf(name: string, content: string | Uint8Array): LayerFile {
  if (isLink(content)) return { name, type: 'symlink', target: content.slice(2) };
  return { name, type: 'reg', content: Buffer.from(content) };
}
