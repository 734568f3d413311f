import { buffer } from 'node:stream/consumers';
import { type Content, contentOfBytes } from './content.ts';
import { type RequestedRange, requestedRange } from './requested-range.ts';

/** A body with several ranges, as RFC 9110 section 14.6 has it. */
export interface MultipartContent {
  readonly content: Content;
  readonly contentType: string;
}

/**
 * Reads a Range header with several ranges, and makes the body for it.
 *
 * @returns undefined where the header has one range or none, or one that is not in the content
 */
export async function severalRanges(
  header: string | undefined,
  content: Content,
): Promise<MultipartContent | undefined> {
  const texts = /^bytes=(.*,.*)$/.exec(header ?? '')?.[1]?.split(',') ?? [];
  const ranges = texts.map((text) => requestedRange(`bytes=${text.trim()}`, content.size));
  if (ranges.length < 2 || !ranges.every((range) => typeof range === 'object')) return undefined;
  const boundary = `test-${content.digest.slice(-16)}`;
  const parts = await Promise.all(ranges.map((range) => partOf(content, range, boundary)));
  const body = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return { content: contentOfBytes(body), contentType: `multipart/byteranges; boundary=${boundary}` };
}

async function partOf(content: Content, { start, end }: RequestedRange, boundary: string): Promise<Buffer> {
  const head = `\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end - 1}/${content.size}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), await buffer(content.read(start, end))]);
}
