import type { HttpResponse, RedirectMemory } from '../http/http-exchange.ts';
import { readChunks } from '../http/read-chunks.ts';
import { statusFailure } from '../http/status-failure.ts';
import type { ReadBlobOptions } from '../registry-client.ts';
import { RegistryError } from '../registry-error.ts';
import { parseContentRange } from './content-range.ts';
import type { Endpoint } from './endpoint.ts';
import { endpointUrl } from './endpoint-url.ts';
import type { ClientContext } from './perform.ts';

/** One blob as its reads share it. */
export interface BlobTarget {
  readonly digest: string;
  readonly redirects: RedirectMemory;
}

/** Half open, in bytes: `offset` up to but without `offset + length`; `length` is at least 1. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface RangeAttempt extends Endpoint {
  readonly target: BlobTarget;
  readonly signal: AbortSignal | undefined;
  /** See `ReadBlobOptions.onBytes`. */
  readonly onBytes?: ReadBlobOptions['onBytes'] | undefined;
}

/** Asks for a range; any status may come back. */
export function requestRange(
  context: ClientContext,
  attempt: RangeAttempt,
  range: ByteRange,
): Promise<HttpResponse> {
  return requestRanges(context, attempt, [range]);
}

/** Asks for several ranges at once; any status may come back, and few servers do it. */
export function requestRanges(
  context: ClientContext,
  attempt: RangeAttempt,
  ranges: readonly ByteRange[],
): Promise<HttpResponse> {
  const { target, host, registry, repository, signal } = attempt;
  return context.send({
    host,
    url: endpointUrl(attempt, `blobs/${target.digest}`),
    kind: 'blob',
    registry,
    repository,
    subject: attempt.subject,
    headers: {
      accept: '*/*',
      // A compressed answer would count its range in compressed bytes.
      'accept-encoding': 'identity',
      range: `bytes=${ranges.map(({ offset, length }) => `${offset}-${offset + length - 1}`).join(',')}`,
    },
    redirects: target.redirects,
    signal,
  });
}

/**
 * One try to read a range at one endpoint. A server that ignores ranges and sends the whole blob is read up to the
 * range's end and then cut off.
 *
 * @param sizeBytes the blob's length, which the answer must agree with
 * @throws RegistryError or the transport's error
 */
export async function readRange(
  context: ClientContext,
  attempt: RangeAttempt,
  range: ByteRange,
  sizeBytes: number,
): Promise<Uint8Array> {
  const response = await requestRange(context, attempt, range);
  const problem = problemOf(response, range, sizeBytes, context.limits.maxUnrangedBytes);
  if (problem !== undefined) {
    await response.body.discard();
    throw typeof problem === 'string'
      ? new RegistryError('BAD_RESPONSE', `${attempt.subject}: ${problem}`, {
          retryable: response.status === 206,
        })
      : statusFailure(attempt.subject, response);
  }
  const chunks = readChunks(response.body, context.limits, attempt.subject);
  return response.status === 206
    ? wholeBody(chunks, range.length, attempt)
    : partOfBody(chunks, range, attempt.subject);
}

/** Why the headers already rule the answer out; 'status' where the status says it. */
function problemOf(
  { status, headers }: HttpResponse,
  range: ByteRange,
  sizeBytes: number,
  maxUnrangedBytes: number,
): string | { readonly status: true } | undefined {
  if (status === 416)
    return `the registry says that the blob ends before byte ${range.offset + range.length} (HTTP 416); its size must be ${sizeBytes}`;
  if (status !== 200 && status !== 206) return { status: true };
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    return `the answer is encoded as ${encoding} although that was refused`;
  if (status === 206) return rangeProblem(headers['content-range'], range, sizeBytes);
  const length = headers['content-length'];
  if (length !== undefined && length !== String(sizeBytes))
    return `the blob has ${length} bytes instead of ${sizeBytes}`;
  if (range.offset + range.length > maxUnrangedBytes)
    return 'the registry does not serve ranges, and the blob is too big to do without';
  return undefined;
}

function rangeProblem(
  value: string | undefined,
  { offset, length }: ByteRange,
  sizeBytes: number,
): string | undefined {
  const got = parseContentRange(value);
  if (got?.first === undefined) return `a partial answer without a usable Content-Range (${value ?? 'none'})`;
  if (got.first !== offset || got.last !== offset + length - 1)
    return `bytes ${got.first}-${got.last} came instead of ${offset}-${offset + length - 1}`;
  if (got.total !== undefined && got.total !== sizeBytes)
    return `the blob has ${got.total} bytes instead of ${sizeBytes}`;
  return undefined;
}

async function wholeBody(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
  { subject, onBytes }: RangeAttempt,
): Promise<Uint8Array> {
  // Of its own memory: callers keep it and hand it to other threads.
  const out = new Uint8Array(length);
  let filled = 0;
  for await (const chunk of chunks) {
    if (chunk.length > length - filled)
      throw new RegistryError('BAD_RESPONSE', `${subject}: more bytes than the ${length} asked for`);
    out.set(chunk, filled);
    filled += chunk.length;
    onBytes?.(out, filled);
  }
  if (filled < length) throw shortBody(subject, filled, length);
  return out;
}

async function partOfBody(
  chunks: AsyncIterable<Uint8Array>,
  range: ByteRange,
  subject: string,
): Promise<Uint8Array> {
  const out = new Uint8Array(range.length);
  const end = range.offset + range.length;
  let position = 0;
  for await (const chunk of chunks) {
    const wanted = chunk.subarray(Math.max(0, range.offset - position), Math.max(0, end - position));
    out.set(wanted, Math.max(0, position - range.offset));
    position += chunk.length;
    if (position >= end) return out;
  }
  throw shortBody(subject, position, end);
}

function shortBody(subject: string, got: number, wanted: number): RegistryError {
  return new RegistryError('BAD_RESPONSE', `${subject}: the answer ended after ${got} of ${wanted} bytes`);
}
