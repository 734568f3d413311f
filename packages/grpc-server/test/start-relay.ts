import { connect, createServer, type Socket } from 'node:net';

/** A socket behind which there is another: connections through it can be cut. */
export interface Relay extends AsyncDisposable {
  readonly address: string;
  /** As if the client had been killed. */
  cut(): void;
}

/** @param to the address of the server; the relay's own is beside it */
export async function startRelay(to: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  const address = `${to}.relay`;
  const server = createServer((client) => {
    const upstream = connect(to);
    for (const [from, into] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined).pipe(into);
    }
  });
  await new Promise<void>((resolve) => server.listen(address, resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
