import { createServer, type Socket } from 'node:net';
import type { Server } from '@grpc/grpc-js';
import type { Logger, Snapshotter } from '@sluice/snapshotter-core';
import { Snapshots } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import type { GrpcServerMetrics } from './grpc-server-metrics.ts';
import { createRpcMethods } from './service/create-rpc-methods.ts';
import { createSnapshotsHandlers } from './service/create-snapshots-handlers.ts';
import { shutDown } from './shut-down.ts';
import type { SnapshotsServer } from './snapshots-server.ts';
import { listenOnSocket } from './socket/listen-on-socket.ts';
import { warmUp } from './socket/warm-up.ts';
import { createTransport, type TransportName } from './transport/create-transport.ts';
import type { GrpcTransport } from './transport/grpc-transport.ts';

export interface SnapshotsServerDeps {
  /** Stays the caller's: closing the server does not close it. */
  readonly snapshotter: Snapshotter;
  readonly logger: Logger;
  readonly metrics?: GrpcServerMetrics | undefined;
  /**
   * Called once each before the server listens: what else it is to serve on the same socket. They are made for grpc-js,
   * so that with one of them it is the transport, whatever the options say.
   */
  readonly services?: readonly ((server: Server) => void)[] | undefined;
}

export interface SnapshotsServerOptions {
  /** Absolute path of the unix socket, at most 107 bytes. */
  readonly address: string;
  /** What speaks HTTP/2. Default 'native'. */
  readonly transport?: TransportName | undefined;
  /** Bytes of one request; a longer one is answered RESOURCE_EXHAUSTED. Default 16 MiB, as containerd's own. */
  readonly maxRequestBytes?: number | undefined;
  /** How long `close` waits for calls in flight before it cancels them. Default 10 s. */
  readonly closeTimeoutMs?: number | undefined;
}

/** Serves containerd.services.snapshots.v1 on a unix socket. Does nothing before `listen`. */
export function createSnapshotsServer(
  deps: SnapshotsServerDeps,
  options: SnapshotsServerOptions,
): SnapshotsServer {
  const { logger, services = [] } = deps;
  const { address, maxRequestBytes = 16 * 1024 * 1024, closeTimeoutMs = 10_000 } = options;
  const name = services.length > 0 ? 'grpc-js' : (options.transport ?? 'native');
  let transport: GrpcTransport | undefined;
  const accept = (socket: Socket) => transport?.accept(socket);
  // Our own listener, because only so its socket is ours to protect; see listenOnSocket.
  const listener = createServer(accept);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= shutDown({ transport, listener, logger }, closeTimeoutMs));
  return {
    async listen() {
      const methods = createRpcMethods(deps, Snapshots, createSnapshotsHandlers(deps.snapshotter));
      transport = await createTransport(name, { methods, maxRequestBytes, services, logger });
      // Not after: the first client may be there as soon as the socket is.
      await warmUp(accept).catch((err) => logger.warn({ err, address }, 'the server does not answer itself'));
      await listenOnSocket(listener, address);
      logger.info({ address, transport: name }, 'serving snapshots');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
