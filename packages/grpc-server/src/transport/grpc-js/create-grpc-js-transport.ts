import type { Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { GrpcTransport, GrpcTransportOptions } from '../grpc-transport.ts';
import { addMethods } from './add-methods.ts';

export interface GrpcJsTransportOptions extends GrpcTransportOptions {
  /** Called once each: what else is to be served on the same connections. */
  readonly services: readonly ((server: Server) => void)[];
}

/** gRPC by the library grpc-js, on Node's own HTTP/2. */
export function createGrpcJsTransport({
  methods,
  maxRequestBytes,
  services,
}: GrpcJsTransportOptions): GrpcTransport {
  const grpc = new Server({
    'grpc.max_receive_message_length': maxRequestBytes,
    'grpc.max_send_message_length': -1,
    'grpc.enable_channelz': 0,
  });
  addMethods(grpc, methods);
  for (const register of services) register(grpc);
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  return {
    accept(socket) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      injector.injectConnection(socket);
    },
    drain: () => drain(grpc, sockets),
    async destroy() {
      grpc.forceShutdown();
      // Whoever answers a call that is cut off learns of it before this is over.
      await Promise.all([...sockets].map((socket) => whenClosed(socket.destroy())));
    },
  };
}

/**
 * Asks every connection to close, which each does after its last call, and waits for that. grpc-js tells of the end
 * too early: closing its HTTP/2 server marks the sessions as closed, and it does not wait for those that are.
 */
async function drain(grpc: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = [...sockets].map(whenClosed);
  await new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()));
  await Promise.all(closed);
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
