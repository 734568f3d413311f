import { createServer, type Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger, Snapshotter } from '@sluice/snapshotter-core';
import { Snapshots } from '../gen/containerd/services/snapshots/v1/snapshots_pb.js';
import type { GrpcServerMetrics } from './grpc-server-metrics.ts';
import { addService } from './service/add-service.ts';
import { createSnapshotsHandlers } from './service/create-snapshots-handlers.ts';
import { shutDown } from './shut-down.ts';
import type { SnapshotsServer } from './snapshots-server.ts';
import { listenOnSocket } from './socket/listen-on-socket.ts';
import { warmUp } from './socket/warm-up.ts';

export interface SnapshotsServerDeps {
  /** Stays the caller's: closing the server does not close it. */
  readonly snapshotter: Snapshotter;
  readonly logger: Logger;
  readonly metrics?: GrpcServerMetrics | undefined;
  /** Called once each before the server listens: what else it is to serve on the same socket. */
  readonly services?: readonly ((server: Server) => void)[] | undefined;
}

export interface SnapshotsServerOptions {
  /** Absolute path of the unix socket, at most 107 bytes. */
  readonly address: string;
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
  const { address, maxRequestBytes = 16 * 1024 * 1024, closeTimeoutMs = 10_000 } = options;
  const grpc = new Server({
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  addService(deps, { grpc, service: Snapshots, handlers: createSnapshotsHandlers(deps.snapshotter) });
  for (const register of deps.services ?? []) register(grpc);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  // Our own listener, because only so its socket is ours to protect; see listenOnSocket.
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= shutDown({ grpc, listener, sockets, logger: deps.logger }, closeTimeoutMs));
  return {
    async listen() {
      // Not after: the first client may be there as soon as the socket is.
      await warmUp((connection) => injector.injectConnection(connection)).catch((err) =>
        deps.logger.warn({ err, address }, 'the server does not answer itself'),
      );
      await listenOnSocket(listener, address);
      deps.logger.info({ address }, 'serving snapshots');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
