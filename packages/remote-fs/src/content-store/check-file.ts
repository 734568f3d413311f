import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { chunkSize, contentChunks } from '@sluice/layer';
import type { ContentStore, TrustedChunks } from './content-store.ts';
import type { DescribedContent } from './describe-contents.ts';
import type { StoredFile } from './scan-contents.ts';

export interface CheckedFile {
  /**
   * `untrusted`: nothing of it is given to anybody before it is verified, or nothing says what it has to be.
   * `gone`: it was removed meanwhile.
   */
  readonly verdict: 'right' | 'wrong' | 'untrusted' | 'gone';
  /** What was read. */
  readonly bytes: number;
  readonly chunks: number;
}

export interface CheckDeps {
  readonly store: Pick<ContentStore, 'trusted'>;
  /** Is called for every piece that was read, and waited for: to read slowly. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

interface Part {
  readonly offset: number;
  readonly size: number;
  readonly digest: Uint8Array;
  /** Whether it may still be given to readers as it is. */
  readonly isTrusted: () => boolean;
}

const pieceBytes = 1024 * 1024;
/** What was removed and brought anew while it was read is looked at once more. */
const maxAttempts = 2;

/**
 * Reads again what is given to readers of a file without further verification, and compares it with its digests: all of
 * a complete content; of a partial one the chunks that this process has verified. Without an effect on when it was last
 * used.
 *
 * @param described of a content with several chunks, where an index has it
 */
export async function checkFile(
  file: StoredFile,
  described: DescribedContent | undefined,
  deps: CheckDeps,
): Promise<CheckedFile> {
  const parts = partsOf(file, described, deps.store);
  let bytes = 0;
  for (let attempt = 1; parts; attempt++) {
    const opened = await openQuietly(file.path);
    if (!opened) return { verdict: 'gone', bytes, chunks: 0 };
    await using handle = opened;
    const result = await checkParts(handle, parts, deps);
    bytes += result.bytes;
    if (!result.isRight && attempt < maxAttempts) continue;
    return { verdict: result.isRight ? 'right' : 'wrong', bytes, chunks: parts.length };
  }
  return { verdict: 'untrusted', bytes, chunks: 0 };
}

function partsOf(
  { hex, partial }: StoredFile,
  described: DescribedContent | undefined,
  store: CheckDeps['store'],
): readonly Part[] | undefined {
  const trusted = partial ? store.trusted(hex) : undefined;
  if (partial && !trusted) return undefined;
  if (described) return partsOfDescribed(described, trusted);
  const isTrusted = () => trusted?.has(0) ?? true;
  const isWhole = !trusted || (trusted.chunkCount === 1 && isTrusted());
  return isWhole
    ? [{ offset: 0, size: Number.POSITIVE_INFINITY, digest: Buffer.from(hex, 'hex'), isTrusted }]
    : undefined;
}

function partsOfDescribed(
  { index, content }: DescribedContent,
  trusted: TrustedChunks | undefined,
): readonly Part[] {
  const { first, end } = contentChunks(index, content);
  const parts: Part[] = [];
  for (let chunk = first; chunk < end; chunk++) {
    const isTrusted = () => trusted?.has(chunk - first) ?? true;
    const digest = index.chunks.digest.subarray(chunk * 32, chunk * 32 + 32);
    // Taken on trust when it was fetched: nothing can be said of it.
    if (!isTrusted() || digest.every((byte) => byte === 0)) continue;
    parts.push({
      offset: index.chunks.contentOffset[chunk]!,
      size: chunkSize(index, chunk),
      digest,
      isTrusted,
    });
  }
  return parts;
}

async function checkParts(handle: FileHandle, parts: readonly Part[], deps: CheckDeps) {
  let bytes = 0;
  let isRight = true;
  for (const { offset, size, digest, isTrusted } of parts) {
    const actual = createHash('sha256');
    for (let at = 0; at < size; ) {
      deps.signal.throwIfAborted();
      const wanted = Math.min(pieceBytes, size - at);
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, offset + at);
      if (bytesRead === 0) break;
      actual.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
      bytes += bytesRead;
      await deps.pace?.(bytesRead);
    }
    if (!actual.digest().equals(digest) && isTrusted()) isRight = false;
  }
  return { bytes, isRight };
}

async function openQuietly(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOATIME);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
