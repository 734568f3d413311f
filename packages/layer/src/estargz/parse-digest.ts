import type { ByteArena } from '../build/byte-arena.ts';

const prefix = Buffer.from('sha256:');

/** The 32 bytes of a digest `sha256:<64 hex digits>` (OCI image-spec descriptor.md); undefined if it is none. */
export function parseDigest(text: ByteArena): Uint8Array | undefined {
  if (text.length !== prefix.length + 64) return undefined;
  for (let i = 0; i < prefix.length; i++) if (text.bytes[i] !== prefix[i]) return undefined;
  const digest = new Uint8Array(32);
  for (let i = 0; i < 32; i++) {
    const high = nibble(text.bytes[prefix.length + 2 * i]!);
    const low = nibble(text.bytes[prefix.length + 2 * i + 1]!);
    if (high < 0 || low < 0) return undefined;
    digest[i] = high * 16 + low;
  }
  return digest;
}

/** Value of a lower-case hexadecimal digit, or -1. */
function nibble(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}
