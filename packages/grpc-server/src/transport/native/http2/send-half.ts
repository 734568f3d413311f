import { FRAME_HEADER_BYTES, FrameType, MAX_WINDOW_BYTES } from './constants.ts';
import { writeFrameHead } from './encode-frame.ts';
import { encodeHeaderFrames } from './encode-header-frames.ts';
import type { Output } from './output.ts';

/** What the streams of a connection share for sending. */
export interface SendLink {
  readonly output: Output;
  /** What the client accepts on the whole connection now. */
  windowBytes: number;
  /** Of one frame's payload. */
  maxFrameBytes: number;
  /** Streams that have more to send than the windows allow, the first that came first. */
  readonly blocked: Set<SendHalf>;
}

/** Whoever streams waits while more than this is held back. */
const HELD_BACK_BYTES = 256 * 1024;

/**
 * The server's half of a stream: headers, data, trailers. Data goes out as far as the client's windows allow
 * (RFC 9113, section 5.2); the rest is held back.
 */
export class SendHalf {
  /** What the client accepts on this stream now; below 0 after it has changed its mind. */
  windowBytes: number;
  private readonly link: SendLink;
  private readonly streamId: number;
  private readonly onEnd: () => void;
  private readonly heldBack: Uint8Array[] = [];
  private heldBackBytes = 0;
  private hasBegun = false;
  private trailers: Buffer | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;

  /** @param stream.onEnd when the stream's end is on its way */
  constructor(link: SendLink, stream: { id: number; windowBytes: number; onEnd: () => void }) {
    this.link = link;
    this.streamId = stream.id;
    this.windowBytes = stream.windowBytes;
    this.onEnd = stream.onEnd;
  }

  /** Whether anything was sent. */
  get isBegun(): boolean {
    return this.hasBegun;
  }

  begin(block: Uint8Array): void {
    this.hasBegun = true;
    this.link.output.send(encodeHeaderFrames(this.streamId, block, false));
  }

  /**
   * @param pieces of data, which become this object's: they are not copied
   * @returns undefined, or what resolves when more may be sent, or nothing more can be
   */
  data(...pieces: readonly Uint8Array[]): Promise<void> | undefined {
    for (const piece of pieces) this.hold(piece);
    this.pump();
    if (!this.isFull()) return undefined;
    this.waiting ??= Promise.withResolvers();
    return this.waiting.promise;
  }

  /** Ends the stream, after all data. */
  end(trailers: Buffer): void {
    this.trailers = trailers;
    this.pump();
  }

  /** Sends what the windows allow now. */
  pump(): void {
    while (this.heldBackBytes > 0 && this.windowBytes > 0 && this.link.windowBytes > 0) this.sendFrame();
    if (this.heldBackBytes > 0) this.link.blocked.add(this);
    else this.finish();
    if (!this.isFull()) this.release();
  }

  /** @returns false if the window is larger than one can be */
  addWindow(bytes: number): boolean {
    this.windowBytes += bytes;
    if (this.windowBytes > MAX_WINDOW_BYTES) return false;
    if (this.heldBackBytes > 0) this.pump();
    return true;
  }

  /** The stream is gone: nothing is sent any more. */
  drop(): void {
    this.heldBack.length = 0;
    this.heldBackBytes = 0;
    this.trailers = undefined;
    this.link.blocked.delete(this);
    this.release();
  }

  /** Whoever waits for the connection may go on. */
  release(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }

  private hold(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.heldBack.push(piece);
    this.heldBackBytes += piece.length;
  }

  private isFull(): boolean {
    return this.heldBackBytes > HELD_BACK_BYTES || this.link.output.isCongested;
  }

  private finish(): void {
    this.link.blocked.delete(this);
    if (!this.trailers) return;
    this.link.output.send(encodeHeaderFrames(this.streamId, this.trailers, true));
    this.trailers = undefined;
    this.onEnd();
  }

  private sendFrame(): void {
    const { link, streamId } = this;
    const length = Math.min(this.heldBackBytes, this.windowBytes, link.windowBytes, link.maxFrameBytes);
    const head = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
    writeFrameHead(head, 0, { length, type: FrameType.DATA, flags: 0, streamId });
    link.output.send(head);
    for (let left = length; left > 0; ) {
      const piece = this.take(left);
      link.output.send(piece);
      left -= piece.length;
    }
    this.heldBackBytes -= length;
    this.windowBytes -= length;
    link.windowBytes -= length;
  }

  /** @returns the first piece, or as much of it as is wanted */
  private take(maxBytes: number): Uint8Array {
    const first = this.heldBack[0]!;
    if (first.length <= maxBytes) return this.heldBack.shift()!;
    this.heldBack[0] = first.subarray(maxBytes);
    return first.subarray(0, maxBytes);
  }
}
