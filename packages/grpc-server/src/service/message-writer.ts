const START_BYTES = 1024;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const VARINT = 0;
const LENGTH_DELIMITED = 2;
/** No number of 53 bits has more bytes of 7. */
const MAX_VARINT_BYTES = 10;

/**
 * Writes the bytes of a protobuf message, field by field, in ascending order; what is default is left out by whoever
 * writes. Source: https://protobuf.dev/programming-guides/encoding
 *
 * ```
 *   tag: (field << 3) | type      type 0: varint      type 2: length (a varint), bytes
 * ```
 */
export class MessageWriter {
  private buffer: Buffer;
  private at = 0;

  /** @param expectedBytes of the message; it may have any number */
  constructor(expectedBytes = START_BYTES) {
    this.buffer = Buffer.allocUnsafe(expectedBytes);
  }

  /** @param value a whole number of at least 0, or a bigint of 64 bits */
  varint(field: number, value: number | bigint): void {
    this.reserve(2 * MAX_VARINT_BYTES);
    this.write((field << 3) | VARINT);
    if (typeof value === 'number') this.write(value);
    else if (value >= 0n && value <= MAX_SAFE) this.write(Number(value));
    else this.writeBig(BigInt.asUintN(64, value));
  }

  string(field: number, text: string): void {
    const maxBytes = 3 * text.length;
    this.reserve(2 * MAX_VARINT_BYTES + maxBytes);
    this.write((field << 3) | LENGTH_DELIMITED);
    // Most text is ASCII, with a byte a character.
    const start = this.at + varintBytes(text.length);
    this.close(start, start + this.buffer.write(text, start));
  }

  /** @param body writes the fields of the message within */
  message(field: number, body: () => void): void {
    this.reserve(2 * MAX_VARINT_BYTES);
    this.write((field << 3) | LENGTH_DELIMITED);
    const lengthAt = this.at;
    this.at += 1;
    body();
    const end = this.at;
    this.at = lengthAt;
    this.reserve(end - lengthAt + MAX_VARINT_BYTES);
    this.close(lengthAt + 1, end);
  }

  /** All that was written. The writer is not to be used any more. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  /** Puts the length of what lies from `start` to `end` before it, and moves it where the length has another size. */
  private close(start: number, end: number): void {
    const length = end - start;
    const moved = this.at + varintBytes(length);
    if (moved !== start) this.buffer.copyWithin(moved, start, end);
    this.write(length);
    this.at = moved + length;
  }

  private write(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 0x80;
    this.buffer[this.at++] = rest;
  }

  private writeBig(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.buffer[this.at++] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.at++] = Number(rest);
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.at + bytes));
    this.buffer.copy(larger);
    this.buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
