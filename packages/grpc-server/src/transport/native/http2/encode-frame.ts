import { ErrorCode, type ErrorName, FRAME_HEADER_BYTES, FrameType } from './constants.ts';

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/**
 * ```
 *   length(24) type(8) flags(8) R(1) stream(31) payload
 * ```
 * Source: RFC 9113, section 4.1.
 */
export function encodeFrame(head: FrameHead, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeFrameHead(frame, 0, { ...head, length: payload.length });
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** @returns where the payload begins */
export function writeFrameHead(
  into: Buffer,
  at: number,
  { length, type, flags, streamId }: FrameHead & { readonly length: number },
): number {
  into.writeUIntBE(length, at, 3);
  into[at + 3] = type;
  into[at + 4] = flags;
  into.writeUInt32BE(streamId, at + 5);
  return at + FRAME_HEADER_BYTES;
}

export function encodeReset(streamId: number, code: ErrorName): Buffer {
  return encodeFrame({ type: FrameType.RST_STREAM, flags: 0, streamId }, uint32(ErrorCode[code]));
}

/** @param lastStreamId streams above it were not looked at */
export function encodeGoAway(lastStreamId: number, code: ErrorName): Buffer {
  const payload = Buffer.concat([uint32(lastStreamId), uint32(ErrorCode[code])]);
  return encodeFrame({ type: FrameType.GOAWAY, flags: 0, streamId: 0 }, payload);
}

/** @param streamId 0 for the connection's own window */
export function encodeWindowUpdate(streamId: number, bytes: number): Buffer {
  return encodeFrame({ type: FrameType.WINDOW_UPDATE, flags: 0, streamId }, uint32(bytes));
}

export function encodeSettings(settings: ReadonlyMap<number, number>): Buffer {
  const payload = Buffer.alloc(settings.size * 6);
  let at = 0;
  for (const [id, value] of settings) at = payload.writeUInt32BE(value, payload.writeUInt16BE(id, at));
  return encodeFrame({ type: FrameType.SETTINGS, flags: 0, streamId: 0 }, payload);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
