import { DEFAULT_FRAME_BYTES, Flag, FrameType } from './constants.ts';
import { encodeFrame } from './encode-frame.ts';

/**
 * Puts a header block into HEADERS, and CONTINUATIONs where it is long.
 *
 * @returns one piece, as nothing may come in between
 */
export function encodeHeaderFrames(streamId: number, block: Uint8Array, endsStream: boolean): Buffer {
  const endStream = endsStream ? Flag.END_STREAM : 0;
  if (block.length <= DEFAULT_FRAME_BYTES) {
    return encodeFrame({ type: FrameType.HEADERS, flags: Flag.END_HEADERS | endStream, streamId }, block);
  }
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += DEFAULT_FRAME_BYTES) {
    const isLast = at + DEFAULT_FRAME_BYTES >= block.length;
    const type = at === 0 ? FrameType.HEADERS : FrameType.CONTINUATION;
    const flags = (at === 0 ? endStream : 0) | (isLast ? Flag.END_HEADERS : 0);
    frames.push(encodeFrame({ type, flags, streamId }, block.subarray(at, at + DEFAULT_FRAME_BYTES)));
  }
  return Buffer.concat(frames);
}
