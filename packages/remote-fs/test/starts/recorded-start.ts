import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { BlobReader, LayerIndex } from '@sluice/layer';
import type { Start } from './simulate-start.ts';

/**
 * A start as it was recorded below the kernel driver, of an eStargz layer with chunks of 4 MiB: where the chunks lie,
 * of which kind their files are, and which were read, in order. Not what they hold.
 */
interface Recorded {
  /** For people. */
  readonly what: string;
  /** How long the start took where all was local. */
  readonly localMs: number;
  /** What follows the first dot of file names, separated by blanks. */
  readonly kinds: string;
  /** Files in the order of the blob: number of the kind + bytes since the last file + compressed bytes of each chunk. */
  readonly files: string;
  /** Chunk numbers. */
  readonly reads: string;
}

interface RecordedFile {
  readonly name: string;
  readonly gap: number;
  readonly chunks: readonly number[];
}

export const recordedStarts = ['python', 'node', 'gcc', 'java'] as const;

export function recordedStart(name: (typeof recordedStarts)[number]): Start {
  const path = new URL(`recorded/${name}.json`, import.meta.url);
  const recorded = JSON.parse(readFileSync(path, 'utf8')) as Recorded;
  const kinds = recorded.kinds.split(' ');
  const files = recorded.files.split(' ').map((text): RecordedFile => {
    const [kind, gap, chunks] = text.split('+');
    return { name: `x${kinds[Number(kind)]}`, gap: Number(gap), chunks: chunks!.split(',').map(Number) };
  });
  return { ...layerOf(files), reads: recorded.reads.split(' ').map(Number), localMs: recorded.localMs };
}

/** A file that is read from end to end. */
export function sequentialStart(chunkCount: number): Start {
  const chunks = Array.from({ length: chunkCount }, () => 1_500_000);
  return { ...layerOf([{ name: 'big', gap: 0, chunks }]), reads: [...chunks.keys()], localMs: 100 };
}

/** All files of a recorded layer, as `tar` or `cp -r` would read them. */
export function readingAll(start: Start): Start {
  return { ...start, reads: Array.from({ length: start.index.chunkCount }, (_, chunk) => chunk) };
}

/** As the kernel driver notes them: see `ContentTable.reads` of `@sluice/fuse`. */
export function readsOf({ index, reads }: Start): Int32Array {
  const noted = new Int32Array(index.chunkCount + 1);
  for (const [at, chunk] of reads.entries()) noted[chunk + 1] = at + 1;
  return noted;
}

/** A layer without directories, whose chunks are vouched for by nothing and hold zeros. */
function layerOf(files: readonly RecordedFile[]): { readonly index: LayerIndex; readonly blob: BlobReader } {
  const columns = { blobOffset: [] as number[], blobEnd: [] as number[], contentOffset: [] as number[] };
  const contents = { size: [] as number[], chunkStart: [] as number[], chunkCount: [] as number[] };
  let at = 0;
  for (const { gap, chunks } of files) {
    at += gap;
    let size = 0;
    contents.chunkStart.push(columns.blobOffset.length);
    contents.chunkCount.push(chunks.length);
    for (const length of chunks) {
      columns.blobOffset.push(at);
      columns.contentOffset.push(size);
      at += length;
      size += storedSize(length);
      columns.blobEnd.push(at);
    }
    contents.size.push(size);
  }
  const names = files.map((file) => Buffer.from(file.name));
  const nameOffset = new Uint32Array(names.length);
  for (let each = 1; each < names.length; each++)
    nameOffset[each] = nameOffset[each - 1]! + names[each - 1]!.length;
  const digest = new Uint8Array(files.length * 32);
  const view = new DataView(digest.buffer);
  for (const content of files.keys()) view.setUint32(content * 32, content + 1);
  const index = {
    format: 'estargz',
    chunkCount: columns.blobOffset.length,
    chunks: {
      blobOffset: Float64Array.from(columns.blobOffset),
      blobEnd: Float64Array.from(columns.blobEnd),
      contentOffset: Float64Array.from(columns.contentOffset),
      innerOffset: new Float64Array(columns.blobOffset.length),
      digest: new Uint8Array(columns.blobOffset.length * 32),
    },
    contentCount: files.length,
    contents: {
      size: Float64Array.from(contents.size),
      chunkStart: Uint32Array.from(contents.chunkStart),
      chunkCount: Uint32Array.from(contents.chunkCount),
      digest,
    },
    names: Buffer.concat(names),
    entries: {
      nameOffset,
      nameLength: Uint16Array.from(names, (name) => name.length),
      inode: Uint32Array.from(files, (_, file) => file + 2),
    },
    inodes: {
      mode: Uint32Array.from([0, 0o040755, ...files.map(() => 0o100644)]),
      start: Uint32Array.from([0, 0, ...files.keys()]),
      count: Uint32Array.from([0, 0, ...files.map(() => 1)]),
    },
    blobSize: at,
    prefetchEnd: 0,
  } as unknown as LayerIndex;
  return { index, blob: createZeroBlob(index) };
}

/** Makes the gzip members that it is asked for, each of exactly the length that its chunk was recorded with. */
function createZeroBlob({ chunks, blobSize }: LayerIndex): BlobReader {
  return {
    size: blobSize,
    async read(offset, length) {
      const bytes = Buffer.alloc(length);
      let chunk = chunks.blobEnd.findIndex((end) => end > offset);
      for (; chunk >= 0 && chunks.blobOffset[chunk]! < offset + length; chunk++) {
        const begin = chunks.blobOffset[chunk]!;
        const member = storedMember(chunks.blobEnd[chunk]! - begin);
        if (begin >= offset) member.copy(bytes, begin - offset);
        else member.copy(bytes, 0, offset - begin);
      }
      return bytes;
    },
  };
}

const frameBytes = 10 + 8;
const blockBytes = 0xffff;
const blockHeaderBytes = 5;

/** Bytes that a member of `length` bytes holds uncompressed, in stored blocks (RFC 1951, 3.2.4). */
function storedSize(length: number): number {
  const blocks = Math.ceil((length - frameBytes) / (blockBytes + blockHeaderBytes));
  return length - frameBytes - blocks * blockHeaderBytes;
}

function storedMember(length: number): Buffer {
  const member = Buffer.alloc(length);
  member.set([0x1f, 0x8b, 8]);
  const size = storedSize(length);
  let at = 10;
  for (let left = size; left > 0; left -= blockBytes) {
    const stored = Math.min(left, blockBytes);
    member[at] = left <= blockBytes ? 1 : 0;
    member.writeUInt16LE(stored, at + 1);
    member.writeUInt16LE(~stored & 0xffff, at + 3);
    at += blockHeaderBytes + stored;
  }
  member.writeUInt32LE(crc32(Buffer.alloc(size)), length - 8);
  member.writeUInt32LE(size, length - 4);
  return member;
}
