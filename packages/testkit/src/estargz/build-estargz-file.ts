import { closeSync, openSync, writeSync } from 'node:fs';
import { arrangeEntries } from './arrange-entries.ts';
import { estargzAnnotations } from './build-estargz.ts';
import { type EstargzBuildOptions, type EstargzSummary, EstargzWriter } from './estargz-writer.ts';
import type { LayerFile } from './layer-file.ts';

export interface EstargzFile extends EstargzSummary {
  readonly path: string;
  readonly annotations: Record<string, string>;
}

/**
 * Builds an eStargz blob as a file, whatever its size: at most one chunk is in memory. Blocks the thread while it
 * compresses.
 *
 * @param path is overwritten
 */
export function buildEstargzFile(
  files: readonly LayerFile[],
  path: string,
  options: EstargzBuildOptions = {},
): EstargzFile {
  const output = openSync(path, 'w');
  try {
    const sink = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(output, bytes, at);
    };
    const writer = new EstargzWriter(sink, options);
    for (const file of arrangeEntries(files, options)) writer.add(file);
    const summary = writer.finish();
    return { ...summary, path, annotations: estargzAnnotations(summary) };
  } finally {
    closeSync(output);
  }
}
