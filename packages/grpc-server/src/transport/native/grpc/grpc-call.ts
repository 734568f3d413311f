import type { GrpcStatus } from '../../../service/grpc-status.ts';
import { CANCELLED } from '../../cancelled.ts';
import type { Exchange, RpcMethod } from '../../rpc-method.ts';
import { SendHalf, type SendLink } from '../http2/send-half.ts';
import { decompress } from './decompress.ts';
import { encodeTrailers, encodeTrailersOnly, RESPONSE_HEADERS } from './encode-trailers.ts';
import { parseTimeout } from './parse-timeout.ts';
import { type Assembled, PREFIX_BYTES, RequestAssembler } from './request-assembler.ts';
import type { RequestHead } from './request-head.ts';

/** setTimeout takes no more; a deadline that is further away is none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a connection is told of its calls. */
export interface CallOwner {
  readonly maxRequestBytes: number;
  /** The method has begun to answer. */
  started(): void;
  /** It has come to its end, whoever waits for it. */
  stopped(): void;
  /** Memory of requests that are not complete has grown, or shrunk. */
  held(bytes: number): void;
  /** The answer is complete. @param isUnread the client may still be sending */
  answered(call: GrpcCall, isUnread: boolean): void;
}

/**
 * One call: a request is put together, a method answers it.
 *
 * ```
 *   receiving --whole request--> running --status--> answered
 *       \________ mistake, deadline ________________/
 *   cancel(): nobody waits any more, from anywhere
 * ```
 */
export class GrpcCall implements Exchange {
  readonly id: number;
  readonly half: SendHalf;
  private readonly owner: CallOwner;
  private readonly method: RpcMethod;
  private readonly encoding: string;
  private readonly request: RequestAssembler;
  private readonly timer: NodeJS.Timeout | undefined;
  private complete: Exclude<Assembled, string> | undefined;
  private controller: AbortController | undefined;
  private isCancelled = false;
  private isEnding = false;
  private isRequestOver = false;

  constructor(
    owner: CallOwner,
    {
      id,
      head,
      method,
      link,
      windowBytes,
    }: {
      id: number;
      head: RequestHead;
      method: RpcMethod;
      link: SendLink;
      windowBytes: number;
    },
  ) {
    this.id = id;
    this.owner = owner;
    this.method = method;
    this.encoding = head.encoding;
    this.request = new RequestAssembler(owner.maxRequestBytes);
    const onEnd = () => owner.answered(this, !this.isRequestOver);
    this.half = new SendHalf(link, { id, windowBytes, onEnd });
    this.timer = head.timeout === undefined ? undefined : this.expireAfter(parseTimeout(head.timeout) ?? 0);
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.isCancelled) this.controller.abort(CANCELLED);
    }
    return this.controller.signal;
  }

  send(message: Uint8Array): Promise<void> | undefined {
    if (this.isEnding) return undefined;
    if (!this.half.isBegun) this.half.begin(RESPONSE_HEADERS);
    return this.half.data(prefixOf(message), message);
  }

  /** Takes a piece of the request. */
  receive(bytes: Buffer): void {
    if (this.isEnding || this.isRequestOver || bytes.length === 0) return;
    const assembled = this.assemble(bytes);
    if (assembled === 'incomplete') return;
    if (assembled === 'too-long') {
      const details = `the request has more than ${this.owner.maxRequestBytes} bytes`;
      this.end({ code: 'RESOURCE_EXHAUSTED', details });
    } else if (assembled === 'too-many') this.end(notOneMessage('more'));
    else this.complete = assembled;
  }

  /** There are no more pieces. */
  endRequest(): void {
    if (this.isRequestOver) return;
    this.isRequestOver = true;
    if (this.isEnding) return;
    const request = this.wholeRequest();
    if (!Buffer.isBuffer(request)) this.end(request);
    else {
      this.run(request);
      this.dropRequest();
    }
  }

  /** Answers, unless that was done. What the method still does goes nowhere. */
  end(status: GrpcStatus): void {
    if (this.isEnding) return;
    this.isEnding = true;
    clearTimeout(this.timer);
    this.dropRequest();
    const isAlone = !this.half.isBegun && status.code !== 'OK';
    if (!isAlone && !this.half.isBegun) this.half.begin(RESPONSE_HEADERS);
    this.half.end(isAlone ? encodeTrailersOnly(status) : encodeTrailers(status));
  }

  /** Nobody waits any more: the client has said so, or is gone. Nothing is sent. */
  cancel(): void {
    this.isEnding = true;
    clearTimeout(this.timer);
    this.dropRequest();
    this.half.drop();
    this.abort();
  }

  private assemble(bytes: Buffer): Assembled {
    const { heldBytes } = this.request;
    const assembled = this.request.push(bytes);
    if (this.request.heldBytes !== heldBytes) this.owner.held(this.request.heldBytes - heldBytes);
    return assembled;
  }

  private wholeRequest(): Buffer | GrpcStatus {
    if (!this.complete) return notOneMessage('less');
    const { message, isCompressed } = this.complete;
    return isCompressed ? decompress(message, this.encoding, this.owner.maxRequestBytes) : message;
  }

  private dropRequest(): void {
    this.complete = undefined;
    if (this.request.heldBytes === 0) return;
    this.owner.held(-this.request.heldBytes);
    this.request.drop();
  }

  private run(request: Buffer): void {
    this.owner.started();
    void this.method.call(request, this).then((status) => {
      this.owner.stopped();
      this.end(status);
    });
  }

  private expireAfter(timeoutMs: number): NodeJS.Timeout | undefined {
    if (timeoutMs > MAX_TIMER_MS) return undefined;
    return setTimeout(() => {
      this.end({ code: 'DEADLINE_EXCEEDED', details: 'the time for the call is over' });
      this.abort();
    }, timeoutMs);
  }

  private abort(): void {
    this.isCancelled = true;
    this.controller?.abort(CANCELLED);
  }
}

/** What a message has before it: whether it is compressed, which it is not, and its length. */
function prefixOf(message: Uint8Array): Buffer {
  const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
  prefix[0] = 0;
  prefix.writeUInt32BE(message.length, 1);
  return prefix;
}

/** Source: statuscodes.md: a wrong number of messages is UNIMPLEMENTED. */
function notOneMessage(what: 'more' | 'less'): GrpcStatus {
  return { code: 'UNIMPLEMENTED', details: `the request has ${what} than one message` };
}
