import { arrangeEntries } from './arrange-entries.ts';
import { type EstargzBuildOptions, type EstargzSummary, EstargzWriter } from './estargz-writer.ts';
import type { LayerFile } from './layer-file.ts';

export interface EstargzBlob extends EstargzSummary {
  readonly blob: Buffer;
  /** Descriptor annotations that go with the blob. */
  readonly annotations: Record<string, string>;
}

/** Builds an eStargz blob in memory. It is a tar.gz that any tool unpacks. */
export function buildEstargz(files: readonly LayerFile[], options: EstargzBuildOptions = {}): EstargzBlob {
  const parts: Uint8Array[] = [];
  const writer = new EstargzWriter((bytes) => parts.push(bytes), options);
  for (const file of arrangeEntries(files, options)) writer.add(file);
  const summary = writer.finish();
  return { ...summary, blob: Buffer.concat(parts), annotations: estargzAnnotations(summary) };
}

/** What a manifest says of an eStargz layer, for containerd and for podman. */
export function estargzAnnotations(summary: EstargzSummary): Record<string, string> {
  return {
    'containerd.io/snapshot/stargz/toc.digest': summary.tocDigest,
    'io.containers.estargz.uncompressed-size': String(summary.uncompressedSize),
  };
}
