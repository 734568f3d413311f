import { parseContentRange } from '../client/content-range.ts';

/** One part of a multipart/byteranges body. */
export interface ByteRangePart {
  readonly offset: number;
  /** A view of the body. */
  readonly bytes: Uint8Array;
}

/**
 * The boundary of a multipart/byteranges Content-Type (RFC 9110 section 14.6).
 *
 * @returns undefined where it is another type, or has none
 */
export function boundaryOf(contentType: string | undefined): string | undefined {
  const match = /^\s*multipart\/byteranges\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? '',
  );
  return match?.[1] ?? match?.[2];
}

/**
 * The parts of a multipart/byteranges body. Their lengths come from their Content-Range, so that no content is taken
 * for a boundary.
 *
 *     --BOUNDARY CRLF  headers, one of them Content-Range  CRLF CRLF  bytes  CRLF  ...  --BOUNDARY--
 *
 * @returns undefined where the body does not follow that, or ends early
 */
export function parseByteranges(body: Uint8Array, boundary: string): readonly ByteRangePart[] | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = `--${boundary}`;
  const parts: ByteRangePart[] = [];
  let at = bytes.indexOf(delimiter);
  while (at >= 0) {
    at += delimiter.length;
    if (bytes.toString('latin1', at, at + 2) === '--') return parts;
    const part = partAt(bytes, at);
    if (part === undefined) return undefined;
    parts.push({ offset: part.offset, bytes: body.subarray(part.start, part.end) });
    at =
      bytes.toString('latin1', part.end, part.end + 2 + delimiter.length) === `\r\n${delimiter}`
        ? part.end + 2
        : -1;
  }
  return undefined;
}

const MAX_HEADERS_BYTES = 4096;

function partAt(bytes: Buffer, at: number): { offset: number; start: number; end: number } | undefined {
  const headersEnd = bytes.subarray(at, at + MAX_HEADERS_BYTES).indexOf('\r\n\r\n');
  if (headersEnd < 0) return undefined;
  const headers = bytes.toString('latin1', at, at + headersEnd);
  const [, value] = /\r\ncontent-range:([^\r\n]*)/i.exec(headers) ?? [];
  const range = parseContentRange(value);
  if (range?.first === undefined || range.last === undefined) return undefined;
  const start = at + headersEnd + 4;
  const end = start + range.last - range.first + 1;
  return end <= bytes.length ? { offset: range.first, start, end } : undefined;
}
