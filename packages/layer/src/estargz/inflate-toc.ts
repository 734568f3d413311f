import type { TransformOptions } from 'node:stream';
import { createGunzip, type ZlibOptions } from 'node:zlib';
import { LayerError } from '../layer-error.ts';

const tarBlock = 512;
const pieceBytes = 256 * 1024;

/**
 * Unpacks the table of contents (a gzipped tar whose only entry is `stargz.index.json`) piece by piece. Never
 * holds more than a few pieces; stops at the end of the entry, whatever may follow.
 *
 * @param limitBytes the most that the JSON may have
 * @throws LayerError CORRUPT, TOO_LARGE; the signal's reason if aborted
 */
export async function* inflateToc(
  compressed: Uint8Array,
  limitBytes: number,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array, void> {
  let header: Uint8Array = new Uint8Array(0);
  let left: number | undefined;
  for await (const piece of gunzip(compressed, options.signal)) {
    let data = piece;
    if (left === undefined) {
      header = Buffer.concat([header, piece]);
      if (header.length < tarBlock) continue;
      left = entrySize(header.subarray(0, tarBlock), limitBytes);
      data = header.subarray(tarBlock);
    }
    const taken = data.subarray(0, left);
    left -= taken.length;
    if (taken.length > 0) yield taken;
    if (left === 0) return;
  }
  throw new LayerError('CORRUPT', 'table of contents is cut short');
}

async function* gunzip(compressed: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  // The mark lets the thread pool inflate ahead while the pieces before are being read.
  const options: ZlibOptions & TransformOptions = { chunkSize: pieceBytes, highWaterMark: 4 * pieceBytes };
  const stream = createGunzip(options);
  stream.end(compressed);
  try {
    for await (const piece of stream) {
      signal?.throwIfAborted();
      yield piece as Buffer;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LayerError('CORRUPT', 'table of contents does not decompress', { cause });
  } finally {
    stream.destroy();
  }
}

/** Size of the entry that a ustar header (POSIX pax, "ustar Interchange Format") describes. */
function entrySize(header: Uint8Array, limitBytes: number): number {
  const field = (at: number, length: number) =>
    Buffer.from(header.subarray(at, at + length))
      .toString('latin1')
      .split('\0')[0]!
      .trim();
  const name = field(0, 100);
  const size = field(124, 12);
  if (name !== 'stargz.index.json' || !/^[0-7]+$/.test(size)) {
    throw new LayerError(
      'CORRUPT',
      `table of contents begins with the tar entry ${JSON.stringify(name)}, expected "stargz.index.json"`,
    );
  }
  const bytes = Number.parseInt(size, 8);
  if (bytes <= limitBytes) return bytes;
  throw new LayerError(
    'TOO_LARGE',
    `table of contents has ${bytes} bytes, more than the limit of ${limitBytes}`,
  );
}
