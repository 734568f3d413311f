import { ConnectionError } from './connection-error.ts';
import { Flag, FrameType } from './constants.ts';
import type { Frame } from './frame-reader.ts';
import { stripPadding } from './strip-padding.ts';

/** More than any client sends, and than what is decoded of it may have. */
const MAX_BLOCK_BYTES = 64 * 1024;

export interface HeaderBlock {
  readonly streamId: number;
  readonly block: Buffer;
  readonly endsStream: boolean;
}

/** Puts HEADERS and its CONTINUATIONs together; nothing may come in between (RFC 9113, section 4.3). */
export class HeaderBlocks {
  private begun: { streamId: number; endsStream: boolean; pieces: Buffer[]; sizeBytes: number } | undefined;

  /**
   * To be shown every frame.
   *
   * @returns the block, if this frame is its end
   * @throws ConnectionError
   */
  take(frame: Frame): HeaderBlock | undefined {
    if (frame.type === FrameType.HEADERS) return this.begin(frame);
    if (frame.type === FrameType.CONTINUATION) return this.goOn(frame);
    this.refuseWithin();
    return undefined;
  }

  private begin(frame: Frame): HeaderBlock | undefined {
    this.refuseWithin();
    const { streamId, flags } = frame;
    const block = stripPadding(frame);
    const endsStream = (flags & Flag.END_STREAM) !== 0;
    if (flags & Flag.END_HEADERS) return { streamId, block, endsStream };
    this.begun = { streamId, endsStream, pieces: [Buffer.from(block)], sizeBytes: block.length };
    return undefined;
  }

  private goOn({ streamId, flags, payload }: Frame): HeaderBlock | undefined {
    const { begun } = this;
    if (begun?.streamId !== streamId) throw new ConnectionError('PROTOCOL_ERROR', 'CONTINUATION of nothing');
    if (payload.length === 0 && !(flags & Flag.END_HEADERS)) {
      throw new ConnectionError('ENHANCE_YOUR_CALM', 'headers go on without going on');
    }
    begun.sizeBytes += payload.length;
    if (begun.sizeBytes > MAX_BLOCK_BYTES) {
      throw new ConnectionError('ENHANCE_YOUR_CALM', `headers have more than ${MAX_BLOCK_BYTES} bytes`);
    }
    begun.pieces.push(Buffer.from(payload));
    if (!(flags & Flag.END_HEADERS)) return undefined;
    this.begun = undefined;
    return { streamId, block: Buffer.concat(begun.pieces), endsStream: begun.endsStream };
  }

  private refuseWithin(): void {
    if (this.begun) throw new ConnectionError('PROTOCOL_ERROR', 'a header block is not complete');
  }
}
