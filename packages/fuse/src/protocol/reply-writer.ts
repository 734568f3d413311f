import { OUT_HEADER_BYTES } from './layout.ts';

/**
 * One reply under construction, in a buffer that is used again for every reply. Positions are counted from the
 * end of the header.
 */
export interface ReplyWriter {
  /** The whole buffer, the header's place included. */
  readonly bytes: Uint8Array;
  /** Bytes that a payload may have. */
  readonly capacity: number;
  u16(position: number, value: number): void;
  u32(position: number, value: number): void;
  /** A whole number from 0 to 2^53 - 1, or a negative one that 64 bits hold. */
  u64(position: number, value: number): void;
  copy(position: number, source: Uint8Array): void;
  zero(position: number, length: number): void;
}

export function createReplyWriter(capacity: number): ReplyWriter {
  const bytes = new Uint8Array(OUT_HEADER_BYTES + capacity);
  const view = new DataView(bytes.buffer);
  return {
    bytes,
    capacity,
    u16: (position, value) => view.setUint16(OUT_HEADER_BYTES + position, value, true),
    u32: (position, value) => view.setUint32(OUT_HEADER_BYTES + position, value, true),
    u64(position, value) {
      view.setUint32(OUT_HEADER_BYTES + position, value >>> 0, true);
      view.setInt32(OUT_HEADER_BYTES + position + 4, Math.floor(value / 2 ** 32), true);
    },
    copy: (position, source) => bytes.set(source, OUT_HEADER_BYTES + position),
    zero: (position, length) =>
      bytes.fill(0, OUT_HEADER_BYTES + position, OUT_HEADER_BYTES + position + length),
  };
}
