import { createHash } from 'node:crypto';
import type { BlobReader } from '../blob-reader.ts';
import { LayerError } from '../layer-error.ts';
import type { LayerFormat, LayerHints } from '../layer-format.ts';
import type { LayerIndex } from '../layer-index.ts';
import { defaultEstargzLimits, type EstargzLimits } from './estargz-limits.ts';
import { type Footer, longestFooter, parseFooter } from './footer.ts';
import { inflateToc } from './inflate-toc.ts';
import { TocLayer } from './toc-layer.ts';
import { TocReader } from './toc-reader.ts';

/** Where the descriptor says what sha256 the table of contents (its JSON, unpacked) has. */
const tocDigestAnnotation = 'containerd.io/snapshot/stargz/toc.digest';

export interface EstargzOptions {
  readonly limits?: Partial<EstargzLimits>;
  /**
   * Bytes read from the end of a blob at first, in the hope that the whole table is among them. Default: a share of the
   * blob, within bounds.
   */
  readonly tailBytes?: number;
}

/** Tables of layers with many small files are a 150th of the blob; to ask again costs as much as 250 KB at 100 Mbit/s. */
const tailShare = 128;
const tailBounds = { least: 128 * 1024, most: 512 * 1024 };

/**
 * eStargz and its predecessor stargz, read as their footers lead to the table of contents
 * (docs/estargz.md of stargz-snapshotter). One or two reads of the blob a layer.
 */
export function createEstargzFormat(options: EstargzOptions = {}): LayerFormat {
  const limits = { ...defaultEstargzLimits, ...options.limits };
  return {
    name: 'estargz',
    async open(blob, hints, callOptions = {}) {
      const tailBytes = Math.max(options.tailBytes ?? likelyTail(blob.size), longestFooter);
      const start = Math.max(0, blob.size - tailBytes);
      const tail = await blob.read(start, blob.size - start, callOptions);
      const footer = parseFooter(tail, blob.size);
      if (!footer) return undefined;
      const tocOffset = requireInside(footer);
      const digest = expectedDigest(hints);
      const length = blob.size - footer.sizeBytes - tocOffset;
      if (length > limits.compressedTocBytes) refuseLong(length, limits.compressedTocBytes);
      const before =
        tocOffset < start ? await blob.read(tocOffset, start - tocOffset, callOptions) : undefined;
      const from = Math.max(0, tocOffset - start);
      const rest = tail.subarray(from, tail.length - footer.sizeBytes);
      const compressed = before ? Buffer.concat([before, rest]) : rest;
      return readToc({ blob, compressed, digest, tocOffset, hints, limits }, callOptions);
    },
  };
}

function likelyTail(blobSize: number): number {
  return Math.min(Math.max(Math.floor(blobSize / tailShare), tailBounds.least), tailBounds.most);
}

interface Toc {
  readonly blob: BlobReader;
  readonly compressed: Uint8Array;
  readonly digest: string | undefined;
  readonly tocOffset: number;
  readonly hints: LayerHints;
  readonly limits: EstargzLimits;
}

async function readToc(toc: Toc, options: { readonly signal?: AbortSignal }): Promise<LayerIndex> {
  const layer = new TocLayer({
    blobSize: toc.blob.size,
    tocOffset: toc.tocOffset,
    allowUnverified: toc.hints.allowUnverified ?? false,
    userXattr: toc.hints.userXattr ?? false,
    limits: toc.limits,
  });
  const reader = new TocReader((entry) => layer.add(entry));
  const hash = createHash('sha256');
  for await (const piece of inflateToc(toc.compressed, toc.limits.tocBytes, options)) {
    hash.update(piece);
    reader.push(piece);
  }
  reader.finish();
  const actual = `sha256:${hash.digest('hex')}`;
  if (toc.digest !== undefined && toc.digest !== actual) {
    throw new LayerError(
      'CORRUPT',
      `table of contents is ${actual}, but the image's manifest says ${toc.digest}`,
    );
  }
  return layer.finish();
}

function requireInside(footer: Footer): number {
  if (footer.tocOffset !== undefined) return footer.tocOffset;
  throw new LayerError(
    'UNSUPPORTED',
    'table of contents is kept outside of the layer (eStargz with external TOC), which is not supported yet: convert the image without that option',
  );
}

function expectedDigest(hints: LayerHints): string | undefined {
  const digest = hints.annotations[tocDigestAnnotation];
  if (digest === undefined) {
    if (hints.allowUnverified) return undefined;
    throw new LayerError(
      'UNVERIFIED',
      `descriptor lacks the annotation ${tocDigestAnnotation}: push the image with it, or allow unverified layers`,
    );
  }
  if (/^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw new LayerError(
    'UNSUPPORTED',
    `annotation ${tocDigestAnnotation} is ${JSON.stringify(digest)}, expected a sha256`,
  );
}

function refuseLong(length: number, limit: number): never {
  throw new LayerError(
    'TOO_LARGE',
    `compressed table of contents has ${length} bytes, more than the limit of ${limit}`,
  );
}
