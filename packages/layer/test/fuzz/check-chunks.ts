import { strict as assert } from 'node:assert';
import { hash } from 'node:crypto';
import type { BlobReader } from '../../src/blob-reader.ts';
import {
  chunkAt,
  chunkRange,
  chunkSize,
  contentChunks,
  contentOfChunk,
  contentOfInode,
} from '../../src/chunk-queries.ts';
import { decodeChunk } from '../../src/decode-chunk.ts';
import { LayerError } from '../../src/layer-error.ts';
import type { LayerIndex } from '../../src/layer-index.ts';

/** More of one input are not decoded: they would take the time of other inputs. */
const decodedChunks = 8;

export interface ChunkRules {
  readonly blob: BlobReader;
  /** Whether chunks without a digest are allowed. */
  readonly allowUnverified: boolean;
  /** Most bytes that may be decompressed for one chunk. */
  readonly chunkBytes: number;
}

/**
 * Asks for every chunk of an index.
 *
 * @throws AssertionError where an answer lies outside of the blob or the content
 */
export function checkContents(index: LayerIndex): void {
  for (let inode = 1; inode <= index.inodeCount; inode++) {
    const content = contentOfInode(index, inode);
    assert(content === undefined || content < index.contentCount, `content of inode ${inode} exists`);
  }
  for (let content = 0; content < index.contentCount; content++) checkContent(index, content);
}

/**
 * Decodes the first chunks of an index.
 *
 * @throws AssertionError where bytes come out that the index does not vouch for
 */
export async function checkChunks(index: LayerIndex, rules: ChunkRules): Promise<void> {
  for (let chunk = 0; chunk < Math.min(index.chunkCount, decodedChunks); chunk++) {
    await checkDecoding(index, chunk, rules);
  }
}

function checkContent(index: LayerIndex, content: number): void {
  const { first, end } = contentChunks(index, content);
  let reached = 0;
  for (let chunk = first; chunk < end; chunk++) {
    assert.equal(contentOfChunk(index, chunk), content);
    // Not `equal`, which tells -0 from 0: a saved index may say either.
    assert(
      index.chunks.contentOffset[chunk] === reached,
      `chunk ${chunk} begins where the one before it ends`,
    );
    assert.equal(chunkAt(index, content, reached), chunk);
    const { offset, length } = chunkRange(index, chunk);
    assert(offset >= 0 && length > 0 && offset + length <= index.blobSize, `chunk ${chunk} lies in the blob`);
    reached += chunkSize(index, chunk);
    assert.equal(chunkAt(index, content, reached - 1), chunk);
  }
  assert.equal(reached, index.contents.size[content]);
}

async function checkDecoding(index: LayerIndex, chunk: number, rules: ChunkRules): Promise<void> {
  const { offset, length } = chunkRange(index, chunk);
  const expected = Buffer.from(index.chunks.digest.slice(chunk * 32, chunk * 32 + 32));
  const isVouchedFor = expected.some((byte) => byte !== 0);
  assert(isVouchedFor || rules.allowUnverified, `chunk ${chunk} has a digest`);
  assert(
    chunkSize(index, chunk) + index.chunks.innerOffset[chunk]! <= rules.chunkBytes,
    'chunks are limited',
  );
  try {
    const bytes = await decodeChunk(index, chunk, await rules.blob.read(offset, length));
    assert.equal(bytes.length, chunkSize(index, chunk));
    if (isVouchedFor)
      assert(hash('sha256', bytes, 'buffer').equals(expected), `chunk ${chunk} is the right one`);
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    assert.equal(error.code, 'CORRUPT');
  }
}
