import type { LayerIndex } from '@sluice/layer';
import type { CallOptions } from '@sluice/snapshotter-core';
import { checkContents } from './check-contents.ts';
import type { ContentStore } from './content-store.ts';

/** What reading the contents of the store again came to. */
export interface ContentReport {
  /** Complete ones. */
  readonly checked: number;
  readonly checkedBytes: number;
  readonly partial: PartialContents;
  /** Names, in hex, of contents whose bytes are not the right ones. */
  readonly damaged: readonly string[];
  /** Names of contents that no saved index describes, and that are not what their name alone says. */
  readonly unknown: readonly string[];
}

/** Contents of which not all is here. */
export interface PartialContents {
  /** Those with chunks that readers are given as they are, for this process has verified them. */
  readonly checked: number;
  readonly checkedBytes: number;
  /** The number of those chunks. */
  readonly chunks: number;
  /** Those that an earlier process has left: each chunk is verified before a reader is given it. */
  readonly untrusted: number;
}

export interface VerifyOptions extends CallOptions {
  /** Remove what is damaged, so that it is fetched again when it is read. Default false. */
  readonly repair?: boolean;
  /** Is told after each content how many were read, complete and partial ones, and how many bytes. */
  readonly onProgress?: (read: { readonly checked: number; readonly checkedBytes: number }) => void;
}

/**
 * Reads every content and compares it with its name: the digest of its only chunk, or, of one with several, the digests
 * of its chunks as the indexes of the layers have them. Of partial contents, the chunks are read that this process
 * trusts. A layer without digests (`allowUnverified`) has nothing to compare with.
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
  const damaged: string[] = [];
  const unknown: string[] = [];
  const complete = { checked: 0, checkedBytes: 0 };
  const partial = { checked: 0, checkedBytes: 0, chunks: 0, untrusted: 0 };
  for await (const { file, verdict, bytes, chunks } of checkContents({ store, indexes, signal })) {
    if (verdict === 'gone') continue;
    if (verdict === 'wrong') damaged.push(file.hex);
    if (verdict === 'unknown') unknown.push(file.hex);
    if (verdict === 'untrusted') partial.untrusted++;
    else {
      const sums = file.partial ? partial : complete;
      sums.checked++;
      sums.checkedBytes += bytes;
      if (file.partial) partial.chunks += chunks;
    }
    options.onProgress?.({
      checked: complete.checked + partial.checked,
      checkedBytes: complete.checkedBytes + partial.checkedBytes,
    });
  }
  if (options.repair) await store.discard(damaged);
  return { ...complete, partial, damaged, unknown };
}
