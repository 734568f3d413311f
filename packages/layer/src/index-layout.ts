import { LayerError } from './layer-error.ts';
import type { LayerIndex } from './layer-index.ts';

/**
 * How the columns of a LayerIndex lie in its buffer, and so in the file that `encodeLayerIndex` gives. Little
 * endian (as every machine that Node 24 runs on); every column begins at a multiple of 8.
 *
 * ```
 *    0   8  "SLUICEIX"
 *    8   4  version, 1           12   4  format, 1 = eStargz
 *   16   4  inodeCount           20   4  entries
 *   24   4  contentCount         28   4  chunkCount
 *   32   4  bytes of names       36   4  bytes of xattrs
 *   40   8  blobSize (f64)       48   8  prefetchEnd (f64)
 *   56   8  0
 *   64  32  sha256 of bytes [0, 64) and [96, end)
 *   96      columns, in the order of `place` below
 * ```
 */
export const headerBytes = 96;
export const checksumAt = 64;
const magic = Buffer.from('SLUICEIX', 'latin1');
const version = 1;

export interface IndexCounts {
  readonly inodes: number;
  readonly entries: number;
  readonly contents: number;
  readonly chunks: number;
  readonly nameBytes: number;
  readonly xattrBytes: number;
}

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;
type ColumnType<T extends Column> = {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
};

/** Where the columns end: the length of an index with these counts, in bytes. */
function indexBytes(counts: IndexCounts): number {
  let end = headerBytes;
  place(counts, (type, length) => {
    end = roundUp(end + length * type.BYTES_PER_ELEMENT);
    return new type(new SharedArrayBuffer(0), 0, 0);
  });
  return end;
}

/** The columns of an index as views of its buffer, which has `indexBytes(counts)` bytes. */
function viewColumns(buffer: ArrayBufferLike, counts: IndexCounts): Columns {
  let end = headerBytes;
  return place(counts, (type, length) => {
    const column = new type(buffer, end, length);
    end = roundUp(end + column.byteLength);
    return column;
  });
}

type Columns = Pick<LayerIndex, 'inodes' | 'entries' | 'contents' | 'chunks' | 'names' | 'xattrs'>;

type Next = <T extends Column>(type: ColumnType<T>, length: number) => T;

/** Evaluated top to bottom: the order of the columns is the order of the file. */
function place(counts: IndexCounts, next: Next): Columns {
  const inodes = counts.inodes + 1;
  return {
    inodes: {
      mode: next(Uint32Array, inodes),
      uid: next(Uint32Array, inodes),
      gid: next(Uint32Array, inodes),
      nlink: next(Uint32Array, inodes),
      size: next(Float64Array, inodes),
      mtimeSec: next(Float64Array, inodes),
      mtimeNsec: next(Uint32Array, inodes),
      rdev: next(Uint32Array, inodes),
      parent: next(Uint32Array, inodes),
      start: next(Uint32Array, inodes),
      count: next(Uint32Array, inodes),
      xattrs: next(Uint32Array, inodes),
    },
    entries: {
      nameOffset: next(Uint32Array, counts.entries),
      nameLength: next(Uint16Array, counts.entries),
      inode: next(Uint32Array, counts.entries),
    },
    contents: {
      size: next(Float64Array, counts.contents),
      chunkStart: next(Uint32Array, counts.contents),
      chunkCount: next(Uint32Array, counts.contents),
      digest: next(Uint8Array, counts.contents * 32),
    },
    chunks: {
      contentOffset: next(Float64Array, counts.chunks),
      blobOffset: next(Float64Array, counts.chunks),
      blobEnd: next(Float64Array, counts.chunks),
      innerOffset: next(Float64Array, counts.chunks),
      digest: next(Uint8Array, counts.chunks * 32),
    },
    names: next(Uint8Array, counts.nameBytes),
    xattrs: next(Uint8Array, counts.xattrBytes),
  };
}

function roundUp(offset: number): number {
  return Math.ceil(offset / 8) * 8;
}

/** Writes the counts into a new buffer and gives it back with its columns, all zero. */
export function allocateIndex(
  counts: IndexCounts,
  blob: { readonly size: number; readonly prefetchEnd: number },
): LayerIndex {
  const buffer = new SharedArrayBuffer(indexBytes(counts));
  Buffer.from(buffer).set(magic);
  const header = new DataView(buffer);
  const words = [version, 1, counts.inodes, counts.entries, counts.contents, counts.chunks];
  [...words, counts.nameBytes, counts.xattrBytes].forEach((word, i) => {
    header.setUint32(8 + i * 4, word, true);
  });
  header.setFloat64(40, blob.size, true);
  header.setFloat64(48, blob.prefetchEnd, true);
  return openIndex(buffer);
}

/** The index in a buffer that has its shape. @throws LayerError CORRUPT if header and length say otherwise */
export function openIndex(buffer: ArrayBufferLike): LayerIndex {
  const damaged = (what: string) =>
    new LayerError('CORRUPT', `saved layer index ${what}: delete it, and it is made again`);
  if (buffer.byteLength < headerBytes || !Buffer.from(buffer, 0, 8).equals(magic)) {
    throw damaged('does not begin as one');
  }
  const header = new DataView(buffer);
  const word = (at: number) => header.getUint32(at, true);
  if (word(8) !== version || word(12) !== 1) throw damaged(`is of version ${word(8)}, format ${word(12)}`);
  const counts = {
    inodes: word(16),
    entries: word(20),
    contents: word(24),
    chunks: word(28),
    nameBytes: word(32),
    xattrBytes: word(36),
  };
  if (indexBytes(counts) !== buffer.byteLength)
    throw damaged('is cut short or has other counts than columns');
  return {
    format: 'estargz',
    inodeCount: counts.inodes,
    contentCount: counts.contents,
    chunkCount: counts.chunks,
    blobSize: header.getFloat64(40, true),
    prefetchEnd: header.getFloat64(48, true),
    buffer,
    ...viewColumns(buffer, counts),
  };
}
