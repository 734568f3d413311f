import { shortDigest } from '../http/describe-subject.ts';
import type { ImageReference } from '../image-reference.ts';
import type { OpenBlobOptions, ReadBlobOptions, ReadManyOptions, RegistryBlob } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { checkTarget } from './check-target.ts';
import type { Endpoint } from './endpoint.ts';
import { type ClientContext, type Operation, perform } from './perform.ts';
import { probeSize } from './probe-size.ts';
import { batchRanges, readRanges } from './read-many.ts';
import { type BlobTarget, type ByteRange, readRange } from './read-range.ts';

type Verify = NonNullable<ReadBlobOptions['verify']>;
type VerifyAt = NonNullable<ReadManyOptions['verify']>;

/** See `RegistryClient.openBlob`. */
export async function openBlob(
  context: ClientContext,
  reference: ImageReference,
  digest: string,
  options: OpenBlobOptions,
): Promise<RegistryBlob> {
  checkTarget(reference, digest, 'digest');
  const subject = {
    registry: reference.host,
    repository: reference.repository,
    object: `blob ${shortDigest(digest)}`,
  };
  const target: BlobTarget = { digest, redirects: new Map() };
  const operation = (signal: AbortSignal | undefined): Operation => ({ subject, capability: 'pull', signal });
  const size =
    options.size ??
    (await perform(context, operation(options.signal), (endpoint) =>
      probeSize(context, { ...endpoint, target, signal: options.signal }),
    ));
  const blob = `blob ${digest} of ${reference.host}/${reference.repository}`;
  const readBatch = (
    ranges: readonly ByteRange[],
    signal: AbortSignal | undefined,
    verify: VerifyAt | undefined,
  ) =>
    perform(context, operation(signal), async (endpoint) => {
      const all = await readRanges(context, { ...endpoint, target, signal }, ranges, size);
      if (verify)
        for (const [at, bytes] of all.entries())
          await verified(bytes, ranges[at]!, { verify: (read) => verify(read, at), endpoint, target });
      return all;
    });
  return {
    size,
    read: async (offset, length, { signal, verify, onBytes } = {}) => {
      const range: ByteRange = { offset, length };
      checkRange(range, size, blob);
      if (length === 0) return new Uint8Array(0);
      return perform(context, operation(signal), async (endpoint) => {
        const bytes = await readRange(context, { ...endpoint, target, signal, onBytes }, range, size);
        if (verify) await verified(bytes, range, { verify, endpoint, target });
        return bytes;
      });
    },
    readMany: async (ranges, { signal, verify } = {}) => {
      for (const range of ranges) checkRange(range, size, blob);
      const wanted = [...ranges.entries()].filter(([, { length }]) => length > 0);
      const out = ranges.map(() => new Uint8Array(0));
      await Promise.all(
        batchRanges(wanted, ([, range]) => range).map(async (batch) => {
          const verifyAt = verify && ((bytes: Uint8Array, at: number) => verify(bytes, batch[at]![0]));
          const read = await readBatch(
            batch.map(([, range]) => range),
            signal,
            verifyAt,
          );
          for (const [at, bytes] of read.entries()) out[batch[at]![0]] = bytes as Uint8Array<ArrayBuffer>;
        }),
      );
      return out;
    },
  };
}

async function verified(
  bytes: Uint8Array,
  { offset, length }: ByteRange,
  { verify, endpoint, target }: { verify: Verify; endpoint: Endpoint; target: BlobTarget },
): Promise<void> {
  try {
    await verify(bytes);
  } catch (cause) {
    // Where the bytes were elsewhere, another place may have better ones.
    target.redirects.delete(endpoint.host.baseUrl.href);
    const what = `bytes ${offset}-${offset + length - 1} came, but they are the wrong ones`;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RegistryError('BAD_RESPONSE', `${endpoint.subject}: ${what}: ${why}`, { cause });
  }
}

function checkRange({ offset, length }: ByteRange, size: number, blob: string): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!whole || offset < 0 || length < 0 || offset + length > size)
    throw new RegistryError(
      'INVALID',
      `${blob}: ${length} bytes from ${offset} are not inside its ${size} bytes`,
    );
}
