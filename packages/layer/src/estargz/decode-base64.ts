import type { ByteArena } from '../build/byte-arena.ts';

const shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** As many characters as the largest attribute has; the pattern needs stack for each four. */
const longest = 4 * Math.ceil(65536 / 3);

/** Decodes base64 (RFC 4648 section 4, padded, no line breaks); undefined if it is none, or of more than 64 KiB. */
export function decodeBase64(text: ByteArena): Uint8Array | undefined {
  if (text.length > longest) return undefined;
  const characters = Buffer.from(text.view()).toString('latin1');
  return shape.test(characters) ? Buffer.from(characters, 'base64') : undefined;
}
