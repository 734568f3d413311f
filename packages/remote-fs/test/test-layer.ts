import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlobReader, createEstargzFormat, type LayerIndex } from '@sluice/layer';
import {
  buildEstargz,
  createMemoryBlob,
  describeLayer,
  type EstargzBlob,
  type LayerFile,
  type MemoryBlob,
} from '@sluice/testkit/estargz';
import type { RemoteFsMetrics } from '../src/remote-fs-metrics.ts';

/** A layer built in memory, and its index. */
export interface TestLayer {
  readonly built: EstargzBlob;
  readonly blob: MemoryBlob;
  readonly index: LayerIndex;
  /** The content number of a regular file. */
  contentOf(path: string): number;
}

export async function makeTestLayer(
  files: readonly LayerFile[],
  options: { readonly chunkSizeBytes?: number } = {},
): Promise<TestLayer> {
  const built = buildEstargz(files, options);
  const blob = createMemoryBlob(built.blob);
  const index = await createEstargzFormat().open(blob, { annotations: built.annotations });
  if (!index) throw new Error('the builder makes no eStargz');
  blob.reads.length = 0;
  const nodes = describeLayer(index);
  return { built, blob, index, contentOf: (path) => nodes.get(path)!.content! };
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(sizeBytes: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < sizeBytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Wraps a blob so that a test sees and changes what is read. */
export function tamper(
  blob: BlobReader,
  change: (bytes: Uint8Array, offset: number) => Uint8Array | Promise<Uint8Array>,
): BlobReader {
  return {
    size: blob.size,
    read: async (offset, length, options) => change(await blob.read(offset, length, options), offset),
  };
}

/** Metrics that keep what they were told. */
export function createMetricsKeeper(): RemoteFsMetrics & {
  readonly misses: Parameters<RemoteFsMetrics['readMissed']>[0][];
  readonly ranges: Parameters<RemoteFsMetrics['rangeFetched']>[0][];
  /** Sizes in bytes. */
  readonly unstored: number[];
} {
  const misses: Parameters<RemoteFsMetrics['readMissed']>[0][] = [];
  const ranges: Parameters<RemoteFsMetrics['rangeFetched']>[0][] = [];
  const unstored: number[] = [];
  return {
    misses,
    ranges,
    unstored,
    contentUnstored: ({ bytes }) => unstored.push(bytes),
    readMissed: (report) => misses.push(report),
    rangeFetched: (report) => ranges.push(report),
  };
}

/** A directory that is removed with its user. */
export async function makeTemporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-remote-fs-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Waits until something holds; a test that waits in vain fails. */
export async function eventually(holds: () => boolean | Promise<boolean>, timeoutMs = 5000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`still not so after ${timeoutMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
