import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeHeaders } from '../src/transport/native/hpack/encode-headers.ts';
import { ErrorCode, FrameType, PREFACE } from '../src/transport/native/http2/constants.ts';
import { encodeFrame } from '../src/transport/native/http2/encode-frame.ts';
import { eventually } from './eventually.ts';

export interface ReceivedFrame {
  readonly type: string;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** An HTTP/2 client that sends whatever a test wants. Disposing it cuts the connection. */
export interface RawHttp2Client extends Disposable {
  readonly socket: Socket;
  /** All that was received. */
  readonly frames: readonly ReceivedFrame[];
  send(type: keyof typeof FrameType, flags: number, streamId: number, payload?: Uint8Array): void;
  /** A request of Stat, without its end. */
  open(streamId: number, headers?: Record<string, string>): void;
  /** Resolves with the first frame that fits. */
  frame(type: string, streamId?: number): Promise<ReceivedFrame>;
  /** The error code of the GOAWAY with which the server has ended the connection. */
  goAway(): Promise<string>;
}

const nameOf = (codes: Readonly<Record<string, number>>, code: number) =>
  Object.keys(codes).find((name) => codes[name] === code) ?? `${code}`;

/** @param settings the payload of its SETTINGS */
export async function connectRaw(address: string, settings = Buffer.alloc(0)): Promise<RawHttp2Client> {
  const socket = connect(address);
  await once(socket, 'connect');
  const frames: ReceivedFrame[] = [];
  let rest = Buffer.alloc(0);
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
        frames.push({
          type: nameOf(FrameType, rest[3]!),
          flags: rest[4]!,
          streamId: rest.readUInt32BE(5),
          payload: rest.subarray(9, end),
        });
        rest = rest.subarray(end);
      }
    });
  const send: RawHttp2Client['send'] = (type, flags, streamId, payload = Buffer.alloc(0)) =>
    void socket.write(encodeFrame({ type: FrameType[type], flags, streamId }, payload));
  socket.write(PREFACE);
  send('SETTINGS', 0, 0, settings);
  const frame = async (type: string, streamId?: number) => {
    const find = () => frames.find((one) => one.type === type && (streamId ?? one.streamId) === one.streamId);
    await eventually(() => {
      if (!find()) throw new Error(`no ${type} came`);
    });
    return find()!;
  };
  return {
    socket,
    frames,
    send,
    frame,
    open: (streamId, headers = {}) => send('HEADERS', 0x4, streamId, statHeaders(headers)),
    async goAway() {
      return nameOf(ErrorCode, (await frame('GOAWAY')).payload.readUInt32BE(4));
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function statHeaders(headers: Record<string, string>): Buffer {
  const all = {
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/containerd.services.snapshots.v1.Snapshots/Stat',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  };
  return encodeHeaders(Object.entries(all));
}

function endOf(bytes: Buffer): number {
  return bytes.length < 9 ? Number.POSITIVE_INFINITY : 9 + bytes.readUIntBE(0, 3);
}
