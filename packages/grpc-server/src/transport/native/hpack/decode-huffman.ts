import { HpackError } from './hpack-error.ts';
import { HUFFMAN_CODE_BITS } from './huffman-code-bits.ts';

const EOS = 256;
const MAX_BITS = 30;

/** Of each number of bits: the first code, and where its symbol is; as many follow as there are up to the next. */
interface CodesOfLength {
  readonly firstCode: number;
  readonly count: number;
  readonly firstIndex: number;
}

const symbols = [...HUFFMAN_CODE_BITS.keys()].toSorted(
  (a, b) => HUFFMAN_CODE_BITS[a]! - HUFFMAN_CODE_BITS[b]! || a - b,
);
const codes = makeCodes();

/**
 * Decodes a string of a header (RFC 7541, section 5.2). One character a byte.
 *
 * @throws HpackError for the code of EOS, or an end that is not its beginning
 */
export function decodeHuffman(bytes: Uint8Array): string {
  const decoded = Buffer.allocUnsafe(Math.floor((bytes.length * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift--) {
      code = (code << 1) | ((byte >> shift) & 1);
      bits++;
      const symbol = symbolOf(code, bits);
      if (symbol === undefined) continue;
      if (symbol === EOS) throw new HpackError('a string contains the code of EOS');
      decoded[length++] = symbol;
      code = 0;
      bits = 0;
    }
  }
  // The rest of the last byte is filled up with ones, which is how EOS begins.
  if (bits > 7 || code !== (1 << bits) - 1) throw new HpackError('a string ends within a code');
  return decoded.toString('latin1', 0, length);
}

function symbolOf(code: number, bits: number): number | undefined {
  const { firstCode, count, firstIndex } = codes[bits]!;
  const offset = code - firstCode;
  return offset >= 0 && offset < count ? symbols[firstIndex + offset] : undefined;
}

function makeCodes(): readonly CodesOfLength[] {
  const made: CodesOfLength[] = [];
  for (let bits = 0, firstCode = 0, firstIndex = 0; bits <= MAX_BITS; bits++) {
    const count = HUFFMAN_CODE_BITS.filter((length) => length === bits).length;
    made.push({ firstCode, count, firstIndex });
    firstCode = (firstCode + count) << 1;
    firstIndex += count;
  }
  return made;
}
