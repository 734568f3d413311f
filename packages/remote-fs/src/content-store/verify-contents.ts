import { createHash, hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { chunkSize, contentChunks, type LayerIndex } from '@sluice/layer';
import type { CallOptions } from '@sluice/snapshotter-core';
import type { ContentStore } from './content-store.ts';
import { type StoredFile, scanContents } from './scan-contents.ts';

/** What reading all complete contents again came to. */
export interface ContentReport {
  readonly checked: number;
  readonly checkedBytes: number;
  /** Names, in hex, of contents whose bytes are not the right ones. */
  readonly damaged: readonly string[];
  /** Names of contents that no saved index describes, and that are not what their name alone says. */
  readonly unknown: readonly string[];
}

export interface VerifyOptions extends CallOptions {
  /** Remove what is damaged, so that it is fetched again when it is read. Default false. */
  readonly repair?: boolean;
  /** Is told after each content how many were read, and how many bytes. */
  readonly onProgress?: (read: Pick<ContentReport, 'checked' | 'checkedBytes'>) => void;
}

/**
 * Reads every complete content and compares it with its name: the digest of its only chunk, or, of one with several,
 * the digests of its chunks as the indexes of the layers have them. Partial contents are not looked at: nothing in
 * them is trusted after a restart.
 *
 * @param indexes the indexes of all layers, one after another
 * @throws the errors of the file system; the signal's reason
 */
export async function verifyContents(
  store: ContentStore,
  indexes: () => AsyncIterable<LayerIndex>,
  options: VerifyOptions = {},
): Promise<ContentReport> {
  const signal = options.signal ?? new AbortController().signal;
  const doubtful = new Map<string, StoredFile>();
  const damaged: string[] = [];
  const checked = { count: 0, bytes: 0 };
  for await (const file of scanContents(store.directory, signal)) {
    if (file.partial) continue;
    checked.count++;
    checked.bytes += file.bytes;
    if (!(await isNamedByDigest(file, signal))) doubtful.set(file.hex, file);
    options.onProgress?.({ checked: checked.count, checkedBytes: checked.bytes });
  }
  for await (const index of indexes()) {
    signal.throwIfAborted();
    for (const [file, content] of describedBy(index, doubtful)) {
      doubtful.delete(file.hex);
      if (!(await chunksAreRight(file, index, content))) damaged.push(file.hex);
    }
  }
  if (options.repair) await store.remove(damaged);
  return {
    checked: checked.count,
    checkedBytes: checked.bytes,
    damaged,
    unknown: [...doubtful.keys()],
  };
}

const pieceBytes = 1024 * 1024;

/** As a content of one chunk is. */
async function isNamedByDigest({ path, hex }: StoredFile, signal: AbortSignal): Promise<boolean> {
  const digest = createHash('sha256');
  await using file = await open(path);
  for await (const piece of file.createReadStream({ highWaterMark: pieceBytes, signal, autoClose: false })) {
    digest.update(piece as Buffer);
  }
  return digest.digest('hex') === hex;
}

function* describedBy(
  index: LayerIndex,
  files: ReadonlyMap<string, StoredFile>,
): Generator<[StoredFile, number]> {
  if (files.size === 0) return;
  const names = Buffer.from(index.contents.digest.buffer, index.contents.digest.byteOffset);
  for (let content = 0; content < index.contentCount; content++) {
    const file = files.get(names.toString('hex', content * 32, content * 32 + 32));
    if (file) yield [file, content];
  }
}

async function chunksAreRight({ path }: StoredFile, index: LayerIndex, content: number): Promise<boolean> {
  const { first, end } = contentChunks(index, content);
  await using file = await open(path);
  if ((await file.stat()).size !== index.contents.size[content]) return false;
  for (let chunk = first; chunk < end; chunk++) {
    const size = chunkSize(index, chunk);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(size),
      0,
      size,
      index.chunks.contentOffset[chunk]!,
    );
    const expected = index.chunks.digest.subarray(chunk * 32, chunk * 32 + 32);
    // Taken on trust when it was fetched: nothing can be said of it.
    if (expected.every((byte) => byte === 0)) continue;
    if (bytesRead !== size || !hash('sha256', buffer, 'buffer').equals(expected)) return false;
  }
  return true;
}
