/** A message's prefix: a flag that says whether it is compressed, and its length in 32 bits. */
export const PREFIX_BYTES = 5;

export type Assembled =
  | 'incomplete'
  | 'too-long'
  | 'too-many'
  | { readonly isCompressed: boolean; readonly message: Buffer };

const EMPTY = Buffer.alloc(0);

/**
 * Puts the request of a call together. It is exactly one message:
 *
 * ```
 *   compressed(8) length(32) message
 * ```
 * Source: PROTOCOL-HTTP2.md, "Length-Prefixed-Message".
 */
export class RequestAssembler {
  private readonly maxBytes: number;
  private buffer: Buffer = EMPTY;
  private length = 0;
  private isComplete = false;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes of memory that are held. */
  get heldBytes(): number {
    return this.buffer.length;
  }

  /** @param chunk is copied unless it is the whole message */
  push(chunk: Buffer): Assembled {
    if (this.isComplete) return 'too-many';
    if (this.length === 0 && chunk.length >= PREFIX_BYTES) {
      const all = this.parse(chunk);
      if (all !== 'incomplete') return all;
    }
    this.append(chunk);
    return this.parse(this.buffer.subarray(0, this.length));
  }

  drop(): void {
    this.buffer = EMPTY;
    this.length = 0;
  }

  private parse(bytes: Buffer): Assembled {
    if (bytes.length < PREFIX_BYTES) return 'incomplete';
    const length = bytes.readUInt32BE(1);
    if (length > this.maxBytes) return 'too-long';
    if (bytes.length < PREFIX_BYTES + length) return 'incomplete';
    this.isComplete = true;
    if (bytes.length > PREFIX_BYTES + length) return 'too-many';
    return { isCompressed: bytes[0] !== 0, message: bytes.subarray(PREFIX_BYTES) };
  }

  /** Doubles the buffer, so that a message in many pieces is not copied for each, and one that does not come costs nothing. */
  private append(chunk: Buffer): void {
    const needed = this.length + chunk.length;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.buffer.length));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    }
    chunk.copy(this.buffer, this.length);
    this.length = needed;
  }
}
