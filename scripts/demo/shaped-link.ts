import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createPipe, type Pipe, type PipeOptions } from './shaped-pipe.ts';

export interface ShapedLinkOptions extends PipeOptions {
  /** Where the link leads: a port on 127.0.0.1. */
  readonly targetPort: number;
}

export interface LinkCount {
  /** Bytes that came out of the link at the client's end, in all connections since the start. */
  readonly bytesDown: number;
  readonly connections: number;
}

/** A TCP forwarder that behaves as a link of limited rate and some delay. Disposing it breaks all connections. */
export interface ShapedLink extends AsyncDisposable {
  /** Listens there, on 127.0.0.1. */
  readonly port: number;
  count(): LinkCount;
}

/**
 * Starts a link. All connections share its rate in each direction, first come, first served. Opening a connection
 * takes a round trip before the first byte travels, as TCP's handshake does. Packets' headers are not counted.
 */
export async function startShapedLink(options: ShapedLinkOptions): Promise<ShapedLink> {
  const down = createPipe(options);
  const up = createPipe(options);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ ...SOCKET_OPTIONS, pauseOnConnect: true }, (client) => {
    connections++;
    const target = connect({ ...SOCKET_OPTIONS, port: options.targetPort, host: '127.0.0.1' });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('error', () => target.resetAndDestroy());
    target.on('error', () => client.resetAndDestroy());
    const handshake = setTimeout(() => {
      up.carry(client, target);
      down.carry(target, client);
    }, 2 * options.delayMs);
    client.on('close', () => clearTimeout(handshake));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => ({ bytesDown: down.deliveredBytes(), connections }),
    [Symbol.asyncDispose]: () => close(server, sockets, [up, down]),
  };
}

const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true };

async function close(server: Server, sockets: Set<Socket>, pipes: readonly Pipe[]): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const pipe of pipes) pipe[Symbol.dispose]();
  for (const socket of sockets) socket.resetAndDestroy();
  await closed;
}
