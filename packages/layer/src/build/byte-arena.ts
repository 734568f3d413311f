/** Bytes that are appended and never removed; pieces are named by offset and length. At most 4 GiB. */
export class ByteArena {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Copies `from[start, end)` behind what is here and gives its offset. */
  append(from: Uint8Array, start: number, end: number): number {
    const offset = this.length;
    this.reserve(end - start);
    // A call of set() costs more than a short loop, and nearly all pieces are short.
    if (end - start > 64) this.bytes.set(from.subarray(start, end), offset);
    else for (let i = start; i < end; i++) this.bytes[offset + i - start] = from[i]!;
    this.length += end - start;
    return offset;
  }

  /** Appends one byte. */
  push(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Forgets everything; the memory stays for the next user. */
  clear(): void {
    this.length = 0;
  }

  /** What was appended, as a view that the next append may outdate. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
