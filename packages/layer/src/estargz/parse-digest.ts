import type { ByteArena } from '../build/byte-arena.ts';

const prefix = Buffer.from('sha256:');

/** Value of each lower-case hexadecimal digit; 0xff for every other byte. */
const nibbles = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) nibbles[digit.toString(16).charCodeAt(0)] = digit;

/**
 * Parses a digest `sha256:<64 hex digits>` (OCI image-spec descriptor.md).
 *
 * @param into receives its 32 bytes
 * @returns whether it is one
 */
export function parseDigest(text: ByteArena, into: Uint8Array): boolean {
  if (text.length !== prefix.length + 64) return false;
  const { bytes } = text;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  let seen = 0;
  for (let i = 0; i < 32; i++) {
    const high = nibbles[bytes[prefix.length + 2 * i]!]!;
    const low = nibbles[bytes[prefix.length + 2 * i + 1]!]!;
    seen |= high | low;
    into[i] = (high << 4) | low;
  }
  return seen < 16;
}
