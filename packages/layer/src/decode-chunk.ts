import { hash, webcrypto } from 'node:crypto';
import { createGunzip, gunzipSync } from 'node:zlib';
import { chunkSize, contentOfChunk } from './chunk-queries.ts';
import { LayerError } from './layer-error.ts';
import type { LayerIndex } from './layer-index.ts';

/** Up to here inflating takes less time (0.02 ms) than handing the work to another thread (0.13 ms). */
const smallBytes = 16 * 1024;
/** From here on hashing (1 ms) blocks other events longer than it takes to copy the bytes for another thread. */
const hashedElsewhereBytes = 256 * 1024;

/**
 * Decompresses one chunk and verifies it against its digest in the index. All but small chunks are inflated on the
 * thread pool, and large ones hashed there. Holds no more than the compressed bytes and `innerOffset` + chunk size bytes, whatever the stream claims.
 *
 * @param compressed the blob's bytes of `chunkRange(index, chunk)`; more may follow
 * @returns exactly `chunkSize(index, chunk)` bytes, in memory of their own
 * @throws LayerError CORRUPT if the bytes are not what the index says; the signal's reason if aborted
 */
export async function decodeChunk(
  index: LayerIndex,
  chunk: number,
  compressed: Uint8Array,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const inner = index.chunks.innerOffset[chunk]!;
  const size = chunkSize(index, chunk);
  const stream = await inflate(compressed, inner + size, options.signal).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw new LayerError('CORRUPT', `${describe(index, chunk)} does not decompress`, { cause });
  });
  if (stream.length < inner + size) {
    const what = `ends after ${stream.length} of ${inner + size} decompressed bytes`;
    throw new LayerError('CORRUPT', `${describe(index, chunk)} ${what}`);
  }
  const bytes = stream.subarray(inner, inner + size);
  await verify(index, chunk, bytes);
  return bytes;
}

async function verify(index: LayerIndex, chunk: number, bytes: Uint8Array): Promise<void> {
  const expected = Buffer.from(index.chunks.digest.subarray(chunk * 32, chunk * 32 + 32));
  if (expected.every((byte) => byte === 0)) return;
  const actual = await sha256(bytes);
  if (expected.equals(actual)) return;
  const what = `sha256:${actual.toString('hex')} instead of sha256:${expected.toString('hex')}`;
  throw new LayerError('CORRUPT', `${describe(index, chunk)} is ${what}`);
}

async function sha256(bytes: Uint8Array): Promise<Buffer> {
  if (bytes.length < hashedElsewhereBytes) return hash('sha256', bytes, 'buffer');
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}

function describe(index: LayerIndex, chunk: number): string {
  const content = contentOfChunk(index, chunk);
  const { contentOffset, blobOffset } = index.chunks;
  return `chunk at ${blobOffset[chunk]} of the blob (content ${content} from byte ${contentOffset[chunk]})`;
}

/** The first `length` bytes that a gzip stream decompresses to, or fewer if it ends before. */
async function inflate(compressed: Uint8Array, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const small = length <= smallBytes ? inflateSmall(compressed, length) : undefined;
  return small ?? (await inflateStream(compressed, length, signal));
}

/** The same in one step, where little more than `length` bytes comes out (the headers of the next files). */
function inflateSmall(compressed: Uint8Array, length: number): Uint8Array | undefined {
  const limit = length + smallBytes;
  try {
    const stream = gunzipSync(compressed, { chunkSize: limit, maxOutputLength: limit });
    // A copy: a view would keep all of it in memory.
    return new Uint8Array(stream.subarray(0, length));
  } catch {
    // Longer, cut off behind the chunk, or damaged: the stream tells which.
    return undefined;
  }
}

function inflateStream(compressed: Uint8Array, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gunzip = createGunzip({ chunkSize: Math.max(length, 64) });
    const parts: Buffer[] = [];
    let have = 0;
    const settle = (error?: unknown) => {
      signal?.removeEventListener('abort', abort);
      gunzip.destroy();
      if (error && have < length) reject(error);
      else resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
    };
    const abort = () => settle(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    gunzip.on('data', (part: Buffer) => {
      parts.push(part);
      have += part.length;
      if (have >= length) settle();
    });
    gunzip.on('end', () => settle());
    gunzip.on('error', settle);
    gunzip.end(compressed);
  });
}
