import type { Socket } from 'node:net';
import type { Logger } from '@sluice/snapshotter-core';
import type { RpcMethod } from './rpc-method.ts';

export interface GrpcTransportOptions {
  readonly methods: readonly RpcMethod[];
  /** A longer request is answered RESOURCE_EXHAUSTED. Also holds for what a compressed one becomes. */
  readonly maxRequestBytes: number;
  readonly logger: Logger;
}

/**
 * Speaks gRPC over HTTP/2 (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md) on connections that somebody
 * else accepts.
 *
 * What a client does wrong ends its call or its connection, and nothing else.
 */
export interface GrpcTransport {
  /** Serves a connection until it ends. The socket is the transport's from then on. */
  accept(socket: Socket): void;
  /**
   * Refuses new calls and connections, and lets those under way end.
   *
   * @returns resolves when no connection is left; never rejects
   */
  drain(): Promise<void>;
  /**
   * Cancels what is under way (signals are aborted) and cuts all connections.
   *
   * @returns resolves when they are closed; never rejects
   */
  destroy(): Promise<void>;
}
