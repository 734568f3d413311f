import type { Socket } from 'node:net';
import type { GrpcTransport, GrpcTransportOptions } from '../grpc-transport.ts';
import { Connection } from './connection.ts';

/**
 * gRPC on sockets, without a library: about half of what a call costs on grpc-js. Knows as much of HTTP/2 as a server of
 * gRPC on a local socket needs: no TLS, no upgrade, no push, no compression of its answers.
 */
export function createNativeTransport({
  methods,
  maxRequestBytes,
  logger,
}: GrpcTransportOptions): GrpcTransport {
  const byPath = new Map(methods.map((method) => [method.path, method]));
  const connections = new Map<Socket, Connection>();
  let isDraining = false;
  return {
    accept(socket) {
      if (isDraining) return void socket.destroy();
      connections.set(socket, new Connection(socket, { methods: byPath, maxRequestBytes, logger }));
      socket.once('close', () => connections.delete(socket));
    },
    async drain() {
      isDraining = true;
      const closed = [...connections.keys()].map(whenClosed);
      for (const connection of connections.values()) connection.drain();
      await Promise.all(closed);
    },
    async destroy() {
      isDraining = true;
      const sockets = [...connections.keys()];
      await Promise.all(sockets.map((socket) => whenClosed(socket.destroy())));
    },
  };
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
