import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Content } from './content.ts';
import { answer, type Exchange } from './exchange.ts';
import type { Fault } from './fault.ts';
import { type RequestedRange, requestedRange } from './requested-range.ts';
import { type MultipartContent, severalRanges } from './several-ranges.ts';

/** Answers GET and HEAD with a content or the range of it that was asked for, as badly as the fault says. */
export async function serveContent(
  exchange: Exchange,
  content: Content,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { request, response, log, fault } = exchange;
  const ignored = fault?.kind === 'ignore-range' || fault?.kind === 'unchunked';
  const several =
    ignored || !exchange.severalRanges ? undefined : await severalRanges(request.headers.range, content);
  if (several !== undefined) return serveMultipart(exchange, several, headers);
  const range = ignored ? undefined : requestedRange(request.headers.range, content.size);
  if (range === 'unsatisfiable')
    return answer(exchange, { status: 416, headers: { 'content-range': `bytes */${content.size}` } });
  const sent = shifted(range ?? { start: 0, end: content.size }, content.size, fault);
  log.status = range === undefined ? 200 : 206;
  response.writeHead(log.status, {
    'accept-ranges': 'bytes',
    ...headers,
    ...lengthHeader(sent, fault),
    ...(range === undefined ? {} : rangeHeader(sent, content.size, fault)),
    ...(fault?.kind === 'encoding' ? { 'content-encoding': fault.value } : {}),
  });
  // So that a client sees the headers of an answer whose body stalls at once.
  response.flushHeaders();
  if (request.method === 'HEAD') return void response.end();
  await sendBody(exchange, faultyBody(content.read(sent.start, sent.end), response, fault));
}

/** The length is announced rightly, save that `short` and `long` are as with one range. */
async function serveMultipart(
  exchange: Exchange,
  { content, contentType }: MultipartContent,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const { response, log, fault } = exchange;
  const all = { start: 0, end: content.size };
  log.status = 206;
  response.writeHead(206, { ...headers, 'content-type': contentType, ...lengthHeader(all, fault) });
  response.flushHeaders();
  await sendBody(exchange, faultyBody(content.read(all.start, all.end), response, fault));
}

function shifted({ start, end }: RequestedRange, size: number, fault: Fault | undefined): RequestedRange {
  if (fault?.kind !== 'wrong-range') return { start, end };
  const shift = Math.min(Math.max(fault.shift, -start), size - end);
  return { start: start + shift, end: end + shift };
}

function lengthHeader({ start, end }: RequestedRange, fault: Fault | undefined): Record<string, number> {
  if (fault?.kind === 'unchunked' || fault?.kind === 'endless') return {};
  if (fault?.kind === 'short') return { 'content-length': Math.max(0, end - start - fault.bytes) };
  return { 'content-length': end - start + (fault?.kind === 'long' ? fault.bytes : 0) };
}

function rangeHeader(
  { start, end }: RequestedRange,
  size: number,
  fault: Fault | undefined,
): Record<string, string> {
  if (fault?.kind !== 'content-range') return { 'content-range': `bytes ${start}-${end - 1}/${size}` };
  return fault.value === undefined ? {} : { 'content-range': fault.value };
}

/** @returns when the body is sent or the connection is gone; never rejects */
async function sendBody({ response, log }: Exchange, body: AsyncIterable<Uint8Array>): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for await (const piece of body) {
    if (response.destroyed) return;
    log.bytesSent += piece.length;
    if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
  }
  if (!response.destroyed) response.end();
}

const ENDLESS_PIECE_BYTES = 64 * 1024;

async function* faultyBody(
  pieces: AsyncIterable<Uint8Array>,
  response: ServerResponse,
  fault: Fault | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  switch (fault?.kind) {
    case 'reset':
      yield* firstBytes(pieces, fault.afterBytes);
      await flushed(response);
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      yield* firstBytes(pieces, fault.afterBytes);
      await flushed(response);
      response.socket?.end();
      return closed(response);
    case 'stall':
      yield* firstBytes(pieces, fault.afterBytes);
      return closed(response);
    case 'short':
      return yield* allButLast(pieces, fault.bytes);
    case 'long':
      yield* pieces;
      yield new Uint8Array(fault.bytes);
      return;
    case 'endless':
      yield* pieces;
      while (!response.destroyed) yield new Uint8Array(ENDLESS_PIECE_BYTES);
      return;
    case 'drip':
      return yield* dripped(pieces, fault, response);
    case 'corrupt':
      for await (const piece of pieces) yield piece.map((byte) => byte ^ 0x10);
      return;
    default:
      yield* pieces;
  }
}

async function* firstBytes(
  pieces: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  if (left <= 0) return;
  for await (const piece of pieces) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* allButLast(
  pieces: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const all = await buffer(pieces);
  yield all.subarray(0, Math.max(0, all.length - count));
}

async function* dripped(
  pieces: AsyncIterable<Uint8Array>,
  { bytes, pauseMs }: { readonly bytes: number; readonly pauseMs: number },
  response: ServerResponse,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length && !response.destroyed; at += bytes) {
      yield piece.subarray(at, at + bytes);
      await sleep(pauseMs);
    }
  }
}

/** Resolves when what was written has left for the kernel, or the connection is gone. */
async function flushed(response: ServerResponse): Promise<void> {
  const written = new Promise<void>((resolve) => {
    if (response.socket === null || response.destroyed) resolve();
    else response.write(new Uint8Array(0), () => resolve());
  });
  await Promise.race([written, closed(response)]);
}

async function closed(response: ServerResponse): Promise<void> {
  if (!response.destroyed && !response.closed) await once(response, 'close').catch(() => {});
}
