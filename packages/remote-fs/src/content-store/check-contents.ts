import type { LayerIndex } from '@sluice/layer';
import { type CheckDeps, type CheckedFile, checkFile } from './check-file.ts';
import { describeContents } from './describe-contents.ts';
import { type StoredFile, scanContents } from './scan-contents.ts';

export interface CheckContentsDeps extends CheckDeps {
  readonly store: CheckDeps['store'] & { readonly directory: string };
  /** The indexes of all layers, one after another. */
  indexes(): AsyncIterable<LayerIndex>;
}

export interface CheckedContent extends Omit<CheckedFile, 'verdict'> {
  readonly file: StoredFile;
  /** `unknown`: it is not what its name says, and no index describes it. */
  readonly verdict: CheckedFile['verdict'] | 'unknown';
}

const batchSize = 256;

/**
 * Verifies the contents of a store, in the order of their names.
 *
 * @param after in hex: those up to this one are left out
 * @throws the errors of the file system; the signal's reason
 */
export async function* checkContents(deps: CheckContentsDeps, after = ''): AsyncGenerator<CheckedContent> {
  let batch: StoredFile[] = [];
  for await (const file of scanContents(deps.store.directory, deps.signal)) {
    if (file.hex <= after) continue;
    batch.push(file);
    if (batch.length < batchSize) continue;
    yield* checkBatch(deps, batch);
    batch = [];
  }
  yield* checkBatch(deps, batch);
}

async function* checkBatch(
  deps: CheckContentsDeps,
  files: readonly StoredFile[],
): AsyncGenerator<CheckedContent> {
  const { indexes, signal } = deps;
  const names = new Set(files.map(({ hex }) => hex));
  const described = await describeContents(indexes, names, { kind: 'several', signal });
  for (const file of files) {
    const checked = await checkFile(file, described.get(file.hex), deps);
    const isDoubtful = checked.verdict === 'wrong' && !described.has(file.hex);
    yield { ...checked, file, verdict: isDoubtful ? await settleDoubt(deps, file) : checked.verdict };
  }
}

/** A file that is not what its name alone says: is it one of several chunks, of which no index is left, or a damaged one? */
async function settleDoubt(
  { indexes, store, signal }: CheckContentsDeps,
  { hex, partial }: StoredFile,
): Promise<CheckedContent['verdict']> {
  if (partial && store.trusted(hex)) return 'wrong';
  const described = await describeContents(indexes, new Set([hex]), { kind: 'any', signal });
  const found = described.get(hex);
  if (!found) return 'unknown';
  const { digest, chunkCount } = found.index.contents;
  const isOfOne = chunkCount[found.content] === 1;
  // A name of its own is given to what nothing vouches for.
  const first = found.index.contents.chunkStart[found.content]!;
  const ofChunk = found.index.chunks.digest.subarray(first * 32, first * 32 + 32);
  const ofContent = digest.subarray(found.content * 32, found.content * 32 + 32);
  return isOfOne && !Buffer.from(ofChunk).equals(ofContent) ? 'unknown' : 'wrong';
}
