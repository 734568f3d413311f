import { ConnectionError } from './connection-error.ts';
import { DEFAULT_FRAME_BYTES, FRAME_HEADER_BYTES, PREFACE } from './constants.ts';

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** A view of what was received. */
  readonly payload: Buffer;
}

/** Cuts what a client sends into frames. Holds at most one of them. */
export class FrameReader {
  private readonly onFrame: (frame: Frame) => void;
  private rest: Buffer = Buffer.alloc(0);
  private hasPreface = false;

  constructor(onFrame: (frame: Frame) => void) {
    this.onFrame = onFrame;
  }

  /** @throws ConnectionError, and what `onFrame` throws. Nothing more is to be read then. */
  push(chunk: Buffer): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    if (!this.hasPreface) bytes = this.skipPreface(bytes);
    this.rest = this.hasPreface ? this.takeFrames(bytes) : bytes;
  }

  private skipPreface(bytes: Buffer): Buffer {
    const length = Math.min(bytes.length, PREFACE.length);
    if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) {
      throw new ConnectionError('PROTOCOL_ERROR', 'this is not HTTP/2');
    }
    this.hasPreface = length === PREFACE.length;
    return this.hasPreface ? bytes.subarray(length) : bytes;
  }

  /** @returns the beginning of a frame of which there is not all */
  private takeFrames(bytes: Buffer): Buffer {
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const length = bytes.readUIntBE(at, 3);
      if (length > DEFAULT_FRAME_BYTES) {
        throw new ConnectionError('FRAME_SIZE_ERROR', `a frame has ${length} bytes`);
      }
      const start = at + FRAME_HEADER_BYTES;
      if (bytes.length < start + length) break;
      const streamId = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      this.onFrame({
        type: bytes[at + 3]!,
        flags: bytes[at + 4]!,
        streamId,
        payload: bytes.subarray(start, start + length),
      });
      at = start + length;
    }
    return bytes.subarray(at);
  }
}
