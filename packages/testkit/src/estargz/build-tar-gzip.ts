import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type LayerFile, sizeOf } from './layer-file.ts';
import { tarHeader, tarPadding } from './tar-header.ts';

export interface TarGzip {
  readonly blob: Buffer;
  readonly digest: string;
  readonly diffId: string;
  readonly size: number;
  readonly annotations: Record<string, string>;
}

/** Builds an ordinary layer, which cannot be read lazily. */
export function buildTarGzip(files: readonly LayerFile[]): TarGzip {
  const parts = files.flatMap((file) => [tarHeader(file), bytesOf(file), tarPadding(sizeOf(file))]);
  const tar = Buffer.concat([...parts, Buffer.alloc(1024)]);
  const blob = gzipSync(tar);
  return {
    blob,
    digest: `sha256:${hash('sha256', blob)}`,
    diffId: `sha256:${hash('sha256', tar)}`,
    size: blob.length,
    annotations: {},
  };
}

function bytesOf(file: LayerFile): Buffer {
  if (file.type !== 'reg') return Buffer.alloc(0);
  const { content } = file;
  return typeof content === 'object' && 'path' in content ? readFileSync(content.path) : Buffer.from(content);
}
