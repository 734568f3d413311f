import type { Socket } from 'node:net';
import type { Logger } from '@sluice/snapshotter-core';
import type { RpcMethod } from '../rpc-method.ts';
import { encodeTrailersOnly } from './grpc/encode-trailers.ts';
import { type CallOwner, GrpcCall } from './grpc/grpc-call.ts';
import { refuseHead } from './grpc/refuse-head.ts';
import { MAX_HEADER_LIST_BYTES, type RequestHead, readRequestHead } from './grpc/request-head.ts';
import { HeaderDecoder } from './hpack/header-decoder.ts';
import { HpackError } from './hpack/hpack-error.ts';
import { ConnectionError } from './http2/connection-error.ts';
import { type ErrorName, Flag, FrameType, MAX_WINDOW_BYTES, Setting } from './http2/constants.ts';
import {
  encodeFrame,
  encodeGoAway,
  encodeReset,
  encodeSettings,
  encodeWindowUpdate,
} from './http2/encode-frame.ts';
import { encodeHeaderFrames } from './http2/encode-header-frames.ts';
import { type Frame, FrameReader } from './http2/frame-reader.ts';
import { type HeaderBlock, HeaderBlocks } from './http2/header-blocks.ts';
import { Output } from './http2/output.ts';
import { PeerSettings } from './http2/peer-settings.ts';
import { ReceiveWindow } from './http2/receive-window.ts';
import type { SendLink } from './http2/send-half.ts';
import { stripPadding } from './http2/strip-padding.ts';

export interface ConnectionOptions {
  readonly methods: ReadonlyMap<string, RpcMethod>;
  readonly maxRequestBytes: number;
  readonly logger: Logger;
}

/** Calls at a time that a client is told it may have; and methods at work, as those of calls given up run on for a while. */
const MAX_CALLS = 1024;
const MAX_RUNNING = 2 * MAX_CALLS;
/** Requests that are not complete may have together this many times what one may have. */
const HELD_REQUESTS = 4;
const PING_BYTES = 8;

/** The server's end of one HTTP/2 connection (RFC 9113), whose streams are calls of gRPC. */
export class Connection implements CallOwner {
  readonly maxRequestBytes: number;
  private readonly socket: Socket;
  private readonly methods: ReadonlyMap<string, RpcMethod>;
  private readonly logger: Logger;
  private readonly output: Output;
  private readonly reader = new FrameReader((frame) => this.onFrame(frame));
  private readonly blocks = new HeaderBlocks();
  private readonly handlers: Readonly<Record<number, (frame: Frame) => void>> = {
    [FrameType.DATA]: (frame) => this.onRequestData(frame),
    [FrameType.SETTINGS]: (frame) => this.onSettings(frame),
    [FrameType.WINDOW_UPDATE]: (frame) => this.onWindowUpdate(frame),
    [FrameType.PING]: (frame) => this.onPing(frame),
    [FrameType.RST_STREAM]: (frame) => this.onReset(frame),
    [FrameType.PUSH_PROMISE]: () => refuse('PROTOCOL_ERROR', 'a client cannot push'),
  };
  private readonly decoder = new HeaderDecoder();
  private readonly settings = new PeerSettings();
  private readonly window: ReceiveWindow;
  private readonly link: SendLink;
  private readonly calls = new Map<number, GrpcCall>();
  private running = 0;
  private heldBytes = 0;
  private lastId = 0;
  private isDraining = false;
  private isOver = false;

  /** @param socket is this object's from now on */
  constructor(socket: Socket, { methods, maxRequestBytes, logger }: ConnectionOptions) {
    this.socket = socket;
    this.methods = methods;
    this.logger = logger;
    this.maxRequestBytes = maxRequestBytes;
    this.output = new Output(socket);
    this.window = new ReceiveWindow(this.output);
    const { initialWindowBytes: windowBytes, maxFrameBytes } = this.settings;
    this.link = { output: this.output, windowBytes, maxFrameBytes, blocked: new Set() };
    this.greet();
    socket
      .on('data', (chunk: Buffer) => this.onData(chunk))
      .on('drain', () => this.onDrain())
      // 'close' follows.
      .on('error', () => undefined)
      .on('close', () => this.cancelAll());
  }

  /** Refuses new calls, and ends the connection after the last one. */
  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.output.send(encodeGoAway(this.lastId, 'NO_ERROR'));
    this.endIfIdle();
  }

  started(): void {
    this.running++;
  }

  stopped(): void {
    this.running--;
  }

  held(bytes: number): void {
    this.heldBytes += bytes;
  }

  answered(call: GrpcCall, isUnread: boolean): void {
    if (isUnread) this.output.send(encodeReset(call.id, 'NO_ERROR'));
    this.calls.delete(call.id);
    this.endIfIdle();
  }

  private greet(): void {
    const settings = new Map<number, number>([
      [Setting.MAX_CONCURRENT_STREAMS, MAX_CALLS],
      // A request has one message: so no window is ever too small for it.
      [Setting.INITIAL_WINDOW_SIZE, Math.min(this.maxRequestBytes + 64 * 1024, MAX_WINDOW_BYTES)],
      [Setting.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST_BYTES],
    ]);
    this.output.send(encodeSettings(settings));
    this.window.open();
  }

  private onData(chunk: Buffer): void {
    if (this.isOver) return;
    try {
      this.reader.push(chunk);
    } catch (error) {
      this.fail(error);
    }
    // Who does not read answers is not read from, so that what waits for him has a bound.
    if (this.output.isCongested) this.socket.pause();
  }

  private onDrain(): void {
    this.socket.resume();
    for (const call of this.calls.values()) call.half.pump();
  }

  private onFrame(frame: Frame): void {
    if (this.isOver) return;
    const block = this.blocks.take(frame);
    if (block) this.onHeaders(block);
    // PRIORITY, GOAWAY and unknown ones say nothing that matters here.
    else this.handlers[frame.type]?.(frame);
  }

  private onHeaders({ streamId, block, endsStream }: HeaderBlock): void {
    const head = readRequestHead(this.decoder, block);
    if (streamId % 2 === 0) refuse('PROTOCOL_ERROR', `a client cannot open ${streamId}`);
    if (streamId <= this.lastId) this.onTrailers(streamId, endsStream);
    else if (this.isDraining || this.calls.size >= MAX_CALLS || this.running >= MAX_RUNNING) {
      if (!this.isDraining) this.lastId = streamId;
      this.output.send(encodeReset(streamId, 'REFUSED_STREAM'));
    } else {
      this.lastId = streamId;
      if (head.isMalformed) this.output.send(encodeReset(streamId, 'PROTOCOL_ERROR'));
      else this.open(streamId, head, endsStream);
    }
  }

  /** Of a call that was answered already, they may still be on their way. */
  private onTrailers(streamId: number, endsStream: boolean): void {
    const call = this.calls.get(streamId);
    if (!call) return;
    if (!endsStream) refuse('PROTOCOL_ERROR', 'trailers do not end their stream');
    call.endRequest();
  }

  private open(id: number, head: RequestHead, endsStream: boolean): void {
    const method = this.methods.get(head.path);
    const refusal = refuseHead(head) ?? (method ? undefined : unknownMethod(head.path));
    if (!method || refusal) {
      this.output.send(encodeHeaderFrames(id, refusal!, true));
      if (!endsStream) this.output.send(encodeReset(id, 'NO_ERROR'));
      return;
    }
    const { link, settings } = this;
    const call = new GrpcCall(this, { id, head, method, link, windowBytes: settings.initialWindowBytes });
    this.calls.set(id, call);
    if (endsStream) call.endRequest();
  }

  private onRequestData(frame: Frame): void {
    const { streamId, flags, payload } = frame;
    if (streamId === 0 || streamId > this.lastId) {
      refuse('PROTOCOL_ERROR', 'data of a stream that is not open');
    }
    this.window.use(payload.length);
    const call = this.calls.get(streamId);
    if (!call) return;
    const bytes = stripPadding(frame);
    call.receive(bytes);
    if (this.heldBytes > HELD_REQUESTS * this.maxRequestBytes) {
      call.end({ code: 'RESOURCE_EXHAUSTED', details: 'there are too many large requests at a time' });
    }
    if (flags & Flag.END_STREAM) call.endRequest();
    else if (bytes.length < payload.length) {
      this.output.send(encodeWindowUpdate(streamId, payload.length - bytes.length));
    }
  }

  private onSettings({ streamId, flags, payload }: Frame): void {
    if (streamId !== 0) refuse('PROTOCOL_ERROR', 'settings of a stream');
    if (flags & Flag.ACK) {
      if (payload.length > 0) refuse('FRAME_SIZE_ERROR', 'an acknowledgement says more');
      return;
    }
    const before = this.settings.initialWindowBytes;
    this.settings.apply(payload);
    this.link.maxFrameBytes = this.settings.maxFrameBytes;
    this.output.send(
      encodeFrame({ type: FrameType.SETTINGS, flags: Flag.ACK, streamId: 0 }, Buffer.alloc(0)),
    );
    const change = this.settings.initialWindowBytes - before;
    if (change === 0) return;
    for (const call of [...this.calls.values()]) {
      if (!call.half.addWindow(change)) refuse('FLOW_CONTROL_ERROR', 'a window is too large');
    }
  }

  private onWindowUpdate({ streamId, payload }: Frame): void {
    if (payload.length !== 4) refuse('FRAME_SIZE_ERROR', 'a window update has 4 bytes');
    const bytes = payload.readUInt32BE() & MAX_WINDOW_BYTES;
    if (streamId > this.lastId) refuse('PROTOCOL_ERROR', 'window of a stream that is not open');
    if (streamId === 0) this.widen(bytes);
    else this.widenCall(this.calls.get(streamId), bytes);
  }

  private widenCall(call: GrpcCall | undefined, bytes: number): void {
    if (!call || (bytes > 0 && call.half.addWindow(bytes))) return;
    this.reset(call, bytes === 0 ? 'PROTOCOL_ERROR' : 'FLOW_CONTROL_ERROR');
  }

  private widen(bytes: number): void {
    const { link } = this;
    link.windowBytes += bytes;
    if (bytes === 0) refuse('PROTOCOL_ERROR', 'a window grows by nothing');
    if (link.windowBytes > MAX_WINDOW_BYTES) {
      refuse('FLOW_CONTROL_ERROR', 'the window is too large');
    }
    for (const half of [...link.blocked]) {
      if (link.windowBytes === 0) return;
      // To the end of the queue, if there is more than fits now: nobody is left out.
      link.blocked.delete(half);
      half.pump();
    }
  }

  private onPing({ streamId, flags, payload }: Frame): void {
    if (streamId !== 0) refuse('PROTOCOL_ERROR', 'ping of a stream');
    if (payload.length !== PING_BYTES) refuse('FRAME_SIZE_ERROR', 'a ping has 8 bytes');
    if (flags & Flag.ACK) return;
    this.output.send(encodeFrame({ type: FrameType.PING, flags: Flag.ACK, streamId: 0 }, payload));
  }

  private onReset({ streamId, payload }: Frame): void {
    if (payload.length !== 4) refuse('FRAME_SIZE_ERROR', 'a reset has 4 bytes');
    if (streamId === 0 || streamId > this.lastId) {
      refuse('PROTOCOL_ERROR', 'reset of a stream that is not open');
    }
    const call = this.calls.get(streamId);
    if (call) this.cancel(call);
    this.endIfIdle();
  }

  private reset(call: GrpcCall, code: 'PROTOCOL_ERROR' | 'FLOW_CONTROL_ERROR'): void {
    this.output.send(encodeReset(call.id, code));
    this.cancel(call);
    this.endIfIdle();
  }

  private cancel(call: GrpcCall): void {
    this.calls.delete(call.id);
    call.cancel();
  }

  private cancelAll(): void {
    this.isOver = true;
    for (const call of [...this.calls.values()]) this.cancel(call);
  }

  private endIfIdle(): void {
    if (!this.isDraining || this.isOver || this.calls.size > 0) return;
    this.output.flush();
    this.socket.end();
  }

  /** What the client is told is the last thing that it hears. */
  private fail(error: unknown): void {
    const isTheirs = error instanceof ConnectionError || error instanceof HpackError;
    if (isTheirs) this.logger.debug({ err: error }, 'a client has broken the protocol');
    else this.logger.error({ err: error }, 'a connection failed for a reason of ours');
    this.output.send(encodeGoAway(this.lastId, isTheirs ? error.code : 'INTERNAL_ERROR'));
    this.output.flush();
    this.cancelAll();
    // What a client does not read would keep the socket open.
    if (this.socket.writableLength > 0) this.socket.destroy();
    else this.socket.destroySoon();
  }
}

function refuse(code: ErrorName, message: string): never {
  throw new ConnectionError(code, message);
}

function unknownMethod(path: string): Buffer {
  const details = `there is no method ${JSON.stringify(path.slice(0, 200))}`;
  return encodeTrailersOnly({ code: 'UNIMPLEMENTED', details });
}
