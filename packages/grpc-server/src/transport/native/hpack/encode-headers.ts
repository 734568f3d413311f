/**
 * Encodes headers as literals that go into no table (RFC 7541, section 6.2.2): the answers of a server have few, and need
 * no state so.
 *
 * @param headers names in lower case; text of one character a byte
 */
export function encodeHeaders(headers: Iterable<readonly [name: string, value: string]>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) parts.push(Buffer.of(0), ...string(name), ...string(value));
  return Buffer.concat(parts);
}

function string(text: string): [Buffer, Buffer] {
  return [length(text.length), Buffer.from(text, 'latin1')];
}

/** A number with a prefix of 7 bits. */
function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  for (let rest = value - 127; ; rest >>>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
