import { LayerBuilder } from '../build/layer-builder.ts';
import { entryKind } from '../build/layer-entry.ts';
import type { LayerIndex } from '../layer-index.ts';
import type { EstargzLimits } from './estargz-limits.ts';
import type { TocEntry } from './toc-entry.ts';

/** Files in the root that belong to the format, not to the image (docs/estargz.md, "Prioritized Files and Landmark Files"). */
const prefetchLandmark = '.prefetch.landmark';
const ownNames: ReadonlySet<string> = new Set([
  prefetchLandmark,
  '.no.prefetch.landmark',
  'stargz.index.json',
]);
const longestOwnName = 32;

export interface TocLayerOptions {
  readonly blobSize: number;
  /** Where the blob's data ends: where the table of contents begins. */
  readonly tocOffset: number;
  readonly allowUnverified: boolean;
  readonly userXattr: boolean;
  readonly limits: EstargzLimits;
}

/** Builds a layer from the entries of a table of contents, in order. */
export class TocLayer {
  private readonly builder: LayerBuilder;
  private readonly options: TocLayerOptions;
  private prefetchEnd = 0;

  constructor(options: TocLayerOptions) {
    this.options = options;
    const { limits } = options;
    this.builder = new LayerBuilder({
      maxInodes: limits.maxInodes,
      textBytes: limits.textBytes,
      limits: { chunkBytes: limits.chunkBytes, chunks: limits.maxChunks },
      allowUnverified: options.allowUnverified,
      dataEnd: options.tocOffset,
    });
  }

  /** @throws LayerError */
  add(entry: TocEntry): void {
    if (!entry.isChunk) this.addFile(entry);
    const hasBytes = entry.isChunk || (entry.file.kind === entryKind.regular && entry.file.size > 0);
    if (hasBytes) this.builder.addChunk(entry.chunk);
  }

  /** @throws LayerError */
  finish(): LayerIndex {
    const { blobSize, userXattr } = this.options;
    return this.builder.finish({ size: blobSize, prefetchEnd: this.prefetchEnd, userXattr });
  }

  private addFile(entry: TocEntry): void {
    const own = ownName(entry);
    if (own === undefined) {
      this.builder.add(entry.file, entry.digest);
      return;
    }
    this.builder.endFile();
    const { blobOffset } = entry.chunk;
    if (own === prefetchLandmark && blobOffset > 0 && blobOffset <= this.options.tocOffset) {
      this.prefetchEnd = blobOffset;
    }
  }
}

function ownName({ file }: TocEntry): string | undefined {
  if (file.path.length > longestOwnName) return undefined;
  const name = Buffer.from(file.path.view())
    .toString('latin1')
    .replace(/^(?:\.?\/)+/, '')
    .replace(/(?:\/\.?)+$/, '');
  return ownNames.has(name) ? name : undefined;
}
