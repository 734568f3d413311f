import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { RawHttp2Client } from './raw-http2-client.ts';

// Flags of frames: RFC 9113, section 6.
export const END_STREAM = 0x1;
export const END_HEADERS = 0x4;
export const PADDED = 0x8;

export const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
};

/** One of a SETTINGS frame. */
export const setting = (id: number, value: number) => Buffer.concat([Buffer.of(0, id), uint32(value)]);

/** A message of gRPC. */
export const framed = (message: Uint8Array, flag = 0) =>
  Buffer.concat([Buffer.of(flag), uint32(message.length), message]);

/** A StatSnapshotRequest for the snapshot 'base'. */
export const statMessage = Buffer.from('\x12\x04base');
export const stat = framed(statMessage);

/** The status of a call, once it is there. */
export async function statusOf(client: RawHttp2Client, streamId: number): Promise<number> {
  const last = () =>
    client.frames.find(
      (frame) => frame.streamId === streamId && frame.type === 'HEADERS' && frame.flags & END_STREAM,
    );
  await eventually(() => expect(last()).toBeDefined());
  const text = last()!.payload.toString('latin1');
  return Number(/grpc-status.(\d+)/s.exec(text)?.[1]);
}

/** All that came as data of a stream. */
export const dataOf = (client: RawHttp2Client, streamId: number) =>
  Buffer.concat(
    client.frames.flatMap((frame) =>
      frame.type === 'DATA' && frame.streamId === streamId ? [frame.payload] : [],
    ),
  );
