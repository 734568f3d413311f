import { boundaryOf, parseByteranges } from '../http/parse-byteranges.ts';
import { readSmallBody } from '../http/read-small-body.ts';
import { statusFailure } from '../http/status-failure.ts';
import { RegistryError } from '../registry-error.ts';
import type { ClientContext } from './perform.ts';
import { type ByteRange, type RangeAttempt, readRange, requestRanges } from './read-range.ts';

/** Between parts: a boundary of at most 70 characters, and headers. */
const PART_OVERHEAD_BYTES = 4096;
/** Servers refuse headers beyond some kilobytes; a range has at most 34 characters. */
const MAX_RANGES = 100;
/** A request is tried again as a whole. */
const MAX_BYTES = 8 * 1024 * 1024;

/** What goes into one request, in its order. */
export function batchRanges<T>(
  items: readonly T[],
  rangeOf: (item: T) => ByteRange,
): readonly (readonly T[])[] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const item of items) {
    const { length } = rangeOf(item);
    const batch = batches.at(-1);
    if (batch !== undefined && batch.length < MAX_RANGES && bytes + length <= MAX_BYTES) batch.push(item);
    else {
      batches.push([item]);
      bytes = 0;
    }
    bytes += length;
  }
  return batches;
}

/**
 * One try to read ranges at one endpoint: with one request where that serves several ranges, and with one for each range
 * where it does not, which is remembered.
 *
 * @throws RegistryError or the transport's error
 */
export async function readRanges(
  context: ClientContext,
  attempt: RangeAttempt,
  ranges: readonly ByteRange[],
  sizeBytes: number,
): Promise<readonly Uint8Array[]> {
  const endpoint = attempt.host.baseUrl.href;
  if (ranges.length > 1 && !context.singleRangeHosts.has(endpoint)) {
    const read = await readAtOnce(context, attempt, ranges);
    if (read !== undefined) return read;
    context.singleRangeHosts.set(endpoint, true);
  }
  return Promise.all(ranges.map((range) => readRange(context, attempt, range, sizeBytes)));
}

/** @returns undefined where the endpoint serves no several ranges */
async function readAtOnce(
  context: ClientContext,
  attempt: RangeAttempt,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[] | undefined> {
  const response = await requestRanges(context, attempt, ranges);
  const { status, headers, body } = response;
  const boundary = status === 206 ? boundaryOf(headers['content-type']) : undefined;
  if (boundary === undefined) {
    // The whole blob, perhaps: nothing to wait for.
    if (status === 200 || status === 206) return void cancelled(body);
    await body.discard();
    // Some say 400 of several ranges, and servers that count them 416.
    if (status === 400 || status === 416 || status === 501) return undefined;
    throw statusFailure(attempt.subject, response);
  }
  const wanted = ranges.reduce((sum, { length }) => sum + length, 0);
  const maxBytes = wanted + (ranges.length + 1) * PART_OVERHEAD_BYTES;
  const bytes = await readSmallBody(body, { maxBytes, floor: context.limits, subject: attempt.subject });
  const parts = parseByteranges(bytes, boundary);
  if (parts === undefined)
    throw new RegistryError(
      'BAD_RESPONSE',
      `${attempt.subject}: an answer with several ranges that is broken`,
    );
  return ranges.map(({ offset, length }) => {
    const part = parts.find(
      (found) => found.offset <= offset && offset + length <= found.offset + found.bytes.length,
    );
    if (part === undefined)
      throw new RegistryError(
        'BAD_RESPONSE',
        `${attempt.subject}: an answer with several ranges without bytes ${offset}-${offset + length - 1}`,
      );
    // Of its own memory: callers keep it and hand it to other threads.
    return part.bytes.slice(offset - part.offset, offset - part.offset + length);
  });
}

function cancelled(body: { cancel(reason: Error): void }): void {
  body.cancel(new RegistryError('BAD_RESPONSE', 'one range was not what was asked for'));
}
