import { buildEstargz, type EstargzBlob } from './build-estargz.ts';
import type { EstargzBuildOptions } from './estargz-writer.ts';
import type { LayerFile } from './layer-file.ts';
import type { TocJson } from './toc-json.ts';

const wrongDigest = `sha256:${'5'.repeat(64)}`;

/** Another digest for each digest: of different bytes it stays different. */
function otherDigest(digest: string): string {
  return digest.slice(0, -4) + (digest.endsWith('0000') ? 'ffff' : '0000');
}

/** Ways for a layer to be wrong, and the edit of its table of contents that makes it so. */
const edits = {
  /** The table is not what the annotation says. */
  'wrong-toc-digest': () => {},
  /** No annotation. */
  'no-toc-digest': () => {},
  /** Every chunk has other bytes than its digest says; the table itself is right. */
  'wrong-chunk-digest': (toc: TocJson) => {
    for (const entry of toc.entries) {
      if (entry.chunkDigest) entry.chunkDigest = otherDigest(entry.chunkDigest);
      if (entry.digest) entry.digest = otherDigest(entry.digest);
    }
  },
  'no-chunk-digest': (toc: TocJson) => {
    for (const entry of toc.entries) {
      delete entry.chunkDigest;
      delete entry.digest;
    }
  },
  /** Needs a file of several chunks. */
  'overlapping-chunks': (toc: TocJson) => {
    for (const entry of toc.entries) if (entry.type === 'chunk') entry.chunkOffset = entry.chunkOffset! - 1;
  },
  /** Needs a file of several chunks. */
  'missing-chunks': (toc: TocJson) => {
    toc.entries = toc.entries.filter((entry) => entry.type !== 'chunk');
  },
  'chunk-outside-blob': (toc: TocJson) => {
    for (const entry of toc.entries) if (entry.offset) entry.offset += 2 ** 40;
  },
  'path-outside-layer': (toc: TocJson) => {
    for (const entry of toc.entries) entry.name = `../${entry.name}`;
  },
} as const;

export type EstargzDefect = keyof typeof edits;

export const estargzDefects = Object.keys(edits) as readonly EstargzDefect[];

/** Builds an eStargz blob with one thing wrong with it. `options.editToc` is not used. */
export function brokenEstargz(
  defect: EstargzDefect,
  files: readonly LayerFile[],
  options: EstargzBuildOptions = {},
): EstargzBlob {
  const built = buildEstargz(files, { ...options, editToc: edits[defect] });
  const annotation = 'containerd.io/snapshot/stargz/toc.digest';
  if (defect === 'wrong-toc-digest')
    return { ...built, annotations: { ...built.annotations, [annotation]: wrongDigest } };
  if (defect !== 'no-toc-digest') return built;
  const { [annotation]: _, ...annotations } = built.annotations;
  return { ...built, annotations };
}
