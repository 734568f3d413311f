import type { ByteArena } from '../build/byte-arena.ts';
import { LayerError } from '../layer-error.ts';

const space = 0x20;
const quote = 0x22;
const backslash = 0x5c;
/** Deeper nesting than this is no table of contents. */
const depthLimit = 64;

/** Thrown where the bytes end in the middle of a value and more may come. */
export class OutOfBytes extends Error {}
const outOfBytes = new OutOfBytes('more bytes needed');

/**
 * Reads JSON (RFC 8259) values one after another from bytes, without making objects. Where the bytes end inside
 * a value it throws OutOfBytes, unless `isLast`; the caller goes back to where it began and tries again with more.
 */
export class JsonReader {
  bytes = new Uint8Array(0);
  position = 0;
  end = 0;
  /** No more bytes will come. */
  isLast = false;
  /** Bytes that came before `bytes[0]`: for messages. */
  base = 0;

  /** The next byte that is not white space, not consumed. */
  peek(): number {
    const { bytes } = this;
    let at = this.position;
    // Space, \t, \n, \r
    while (at < this.end && (bytes[at] === space || (bytes[at]! <= 13 && isSpace(bytes[at]!)))) at++;
    this.position = at;
    if (at >= this.end) this.ends();
    return bytes[at]!;
  }

  /** True if nothing but white space is left. */
  isAtEnd(): boolean {
    while (this.position < this.end && isSpace(this.bytes[this.position]!)) this.position++;
    return this.position >= this.end;
  }

  /** Consumes that byte, or fails. */
  expect(byte: number): void {
    if (this.peek() !== byte) this.unexpected();
    this.position++;
  }

  /** Consumes that byte if it comes next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.position++;
    return true;
  }

  /** Consumes `null` if it comes next. */
  acceptNull(): boolean {
    if (this.peek() !== 0x6e) return false;
    this.literal('null');
    return true;
  }

  /** A string, as UTF-8 in place of what `into` holds. Raw bytes that are no UTF-8 stay as they are. */
  string(into: ByteArena): void {
    into.clear();
    this.expect(quote);
    for (;;) {
      const start = this.position;
      const { bytes, end } = this;
      let at = start;
      while (at < end && bytes[at] !== quote && bytes[at] !== backslash && bytes[at]! >= space) at++;
      into.append(bytes, start, at);
      this.position = at;
      if (at >= end) this.ends();
      if (bytes[at] === quote) break;
      if (bytes[at] !== backslash) this.unexpected();
      this.position++;
      this.escape(into);
    }
    this.position++;
  }

  /** A whole number within +-(2^53 - 1). */
  integer(): number {
    const negative = this.accept(0x2d);
    const start = this.position;
    let value = 0;
    for (;;) {
      if (this.position >= this.end) this.ends();
      const digit = this.bytes[this.position]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > Number.MAX_SAFE_INTEGER) this.fail('number is out of range');
      this.position++;
    }
    const next = this.bytes[this.position];
    // Not a digit at all, or a fraction or exponent
    if (this.position === start || next === 0x2e || next === 0x65 || next === 0x45) this.unexpected();
    return negative && value !== 0 ? -value : value;
  }

  /** Passes over a value of any kind. `scratch` is overwritten. */
  skip(scratch: ByteArena): void {
    let depth = 0;
    do {
      const byte = this.peek();
      if (byte === 0x7b || byte === 0x5b) {
        if (++depth > depthLimit) this.fail(`values are nested deeper than ${depthLimit}`);
        this.position++;
      } else if (byte === 0x7d || byte === 0x5d) {
        depth--;
        this.position++;
      } else if (byte === quote) this.string(scratch);
      else if (depth > 0 && (byte === 0x2c || byte === 0x3a)) this.position++;
      else this.scalar();
    } while (depth > 0);
    if (depth < 0) this.unexpected();
  }

  fail(what: string): never {
    throw new LayerError('CORRUPT', `table of contents: ${what} at byte ${this.base + this.position}`);
  }

  unexpected(): never {
    const byte = this.bytes[this.position] ?? 0;
    this.fail(`unexpected byte 0x${byte.toString(16).padStart(2, '0')}`);
  }

  /** A number or literal that nobody reads. */
  private scalar(): void {
    const start = this.position;
    while (this.position < this.end && isScalar(this.bytes[this.position]!)) this.position++;
    if (this.position >= this.end) this.ends();
    if (this.position === start) this.unexpected();
  }

  private literal(word: string): void {
    for (let i = 0; i < word.length; i++) {
      if (this.position >= this.end) this.ends();
      if (this.bytes[this.position] !== word.charCodeAt(i)) this.unexpected();
      this.position++;
    }
  }

  private escape(into: ByteArena): void {
    if (this.position >= this.end) this.ends();
    const byte = this.bytes[this.position]!;
    if (byte === 0x75) {
      this.position++;
      pushUtf8(into, this.codePoint());
      return;
    }
    const at = '"\\/bfnrt'.indexOf(String.fromCharCode(byte));
    if (at < 0) this.unexpected();
    into.push('"\\/\b\f\n\r\t'.charCodeAt(at));
    this.position++;
  }

  /** What follows `\u`: a code unit, or a surrogate pair. Half a pair stands for U+FFFD, as in Go. */
  private codePoint(): number {
    const unit = this.hex4();
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit > 0xdbff) return 0xfffd;
    if (this.position + 6 > this.end) {
      const isPair = this.bytes[this.position] === backslash || this.position >= this.end;
      if (isPair && !this.isLast) throw outOfBytes;
      return 0xfffd;
    }
    if (this.bytes[this.position] !== backslash || this.bytes[this.position + 1] !== 0x75) return 0xfffd;
    const back = this.position;
    this.position += 2;
    const low = this.hex4();
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    this.position = back;
    return 0xfffd;
  }

  private hex4(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      if (this.position >= this.end) this.ends();
      const digit = Number.parseInt(String.fromCharCode(this.bytes[this.position]!), 16);
      if (Number.isNaN(digit)) this.unexpected();
      value = value * 16 + digit;
      this.position++;
    }
    return value;
  }

  private ends(): never {
    if (!this.isLast) throw outOfBytes;
    this.fail('ends in the middle');
  }
}

function isSpace(byte: number): boolean {
  return byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Letters, digits, + - . */
function isScalar(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x45 ||
    (byte >= 0x2b && byte <= 0x2e && byte !== 0x2c)
  );
}

function pushUtf8(into: ByteArena, code: number): void {
  if (code < 0x80) {
    into.push(code);
    return;
  }
  const tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  into.push(([0xc0, 0xe0, 0xf0][tail - 1]! | (code >> (6 * tail))) & 0xff);
  for (let i = tail - 1; i >= 0; i--) into.push(0x80 | ((code >> (6 * i)) & 0x3f));
}
