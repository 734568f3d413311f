import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Bytes that can be served in ranges. */
export interface Content {
  readonly digest: string;
  readonly size: number;
  /** Bytes from `start` up to but without `end`, in pieces. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

const PIECE_BYTES = 256 * 1024;

export function contentOfBytes(bytes: Uint8Array): Content {
  return {
    digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    size: bytes.length,
    read: async function* (start, end) {
      for (let at = start; at < end; at += PIECE_BYTES)
        yield bytes.subarray(at, Math.min(end, at + PIECE_BYTES));
    },
  };
}

/** The file is read once here for its digest, and again for every request. It must not change. */
export async function contentOfFile(path: string): Promise<Content> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES }))
    hash.update(piece as Uint8Array);
  const { size } = await stat(path);
  return {
    digest: `sha256:${hash.digest('hex')}`,
    size,
    read: (start, end) =>
      start === end
        ? noPieces()
        : createReadStream(path, { start, end: end - 1, highWaterMark: PIECE_BYTES }),
  };
}

async function* noPieces(): AsyncGenerator<Uint8Array, void, undefined> {}
