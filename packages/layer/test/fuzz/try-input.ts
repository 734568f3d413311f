import { createMemoryBlob } from '@sluice/testkit/estargz';
import { decodeLayerIndex } from '../../src/decode-layer-index.ts';
import { encodeLayerIndex, indexChecksum } from '../../src/encode-layer-index.ts';
import { createEstargzFormat } from '../../src/estargz/create-estargz-format.ts';
import { checksumAt, headerBytes } from '../../src/index-layout.ts';
import { LayerError } from '../../src/layer-error.ts';
import { checkChunks, checkContents } from './check-chunks.ts';
import { checkTree } from './check-tree.ts';
import type { FuzzInput } from './fuzz-input.ts';
import { assemble, unpackParts } from './layer-parts.ts';

/** What became of an input: `accepted`, `other format`, or the code of the LayerError that refused it. */
export type FuzzOutcome = string;

const limits = {
  compressedTocBytes: 1024 * 1024,
  tocBytes: 1024 * 1024,
  maxInodes: 5000,
  maxChunks: 1000,
  chunkBytes: 256 * 1024,
};
/** Two formats: one that finds the table in its first read, and one that has to read it by itself. */
const formats = [createEstargzFormat({ limits }), createEstargzFormat({ limits, tailBytes: 51 })];
const tocDigestAnnotation = 'containerd.io/snapshot/stargz/toc.digest';

/**
 * Takes an input the whole way: footer, table of contents, index, saved index, queries, chunks.
 *
 * @throws whatever shows that the code is wrong: an error that is no LayerError, a read outside of the blob, an index
 *   that is no tree, bytes that nothing vouches for
 */
export async function tryInput(input: FuzzInput): Promise<FuzzOutcome> {
  try {
    return await (input.kind === 'index' ? tryIndex(input.bytes) : tryBlob(input));
  } catch (error) {
    if (error instanceof LayerError) return error.code;
    throw error;
  }
}

async function tryBlob({ kind, bytes }: FuzzInput): Promise<FuzzOutcome> {
  if (kind === 'blob') return openBlob(bytes, undefined);
  const { blob, tocDigest } = assemble(unpackParts(bytes));
  const outcome = await openBlob(blob, tocDigest).catch((error: unknown) => {
    if (error instanceof LayerError && error.code === 'UNVERIFIED') return error.code;
    throw error;
  });
  return outcome === 'UNVERIFIED' ? openBlob(blob, undefined) : outcome;
}

/** @param tocDigest undefined for a layer that is opened unverified */
async function openBlob(bytes: Uint8Array, tocDigest: string | undefined): Promise<FuzzOutcome> {
  const blob = createMemoryBlob(bytes);
  const allowUnverified = tocDigest === undefined;
  const annotations = tocDigest === undefined ? {} : { [tocDigestAnnotation]: tocDigest };
  const format = formats[bytes.length % formats.length]!;
  const index = await format.open(blob, { annotations, allowUnverified, userXattr: allowUnverified });
  if (!index) return 'other format';
  checkTree(decodeAgain(index));
  checkContents(index);
  await checkChunks(index, { blob, allowUnverified, chunkBytes: limits.chunkBytes });
  return 'accepted';
}

/** An index that was just made must be one that can be saved. */
function decodeAgain(index: Parameters<typeof encodeLayerIndex>[0]) {
  try {
    return decodeLayerIndex(encodeLayerIndex(index).slice());
  } catch (cause) {
    throw new Error('an index that was made is refused when it is read again', { cause });
  }
}

/** A saved index never meets other bytes than its own; only its reading and its queries are tried. */
function tryIndex(bytes: Uint8Array): FuzzOutcome {
  const signed = bytes.slice();
  if (signed.length >= headerBytes) signed.set(indexChecksum(signed), checksumAt);
  const index = decodeLayerIndex(signed);
  checkTree(index);
  checkContents(index);
  return 'accepted';
}
