import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it serves, by path. */
export type MadeUpObjects = ReadonlyMap<string, Buffer>;

/** A registry on a loopback address, of which nobody but this process knows. Disposing it breaks all connections. */
export interface MadeUpRegistry extends AsyncDisposable {
  /** 127.0.0.1:PORT */
  readonly host: string;
}

/**
 * Serves objects as registries do, over plain HTTP: whole, or a range of each.
 *
 * @throws what keeps it from listening: a machine need not have a loopback device
 */
export async function startMadeUpRegistry(objects: MadeUpObjects): Promise<MadeUpRegistry> {
  const server = createServer((request, response) => answer(objects, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(objects: MadeUpObjects, request: IncomingMessage, response: ServerResponse): void {
  const whole = objects.get(request.url ?? '');
  if (!whole) {
    response.writeHead(404).end();
    return;
  }
  // RFC 9110, section 14.1.2; only this program's own client asks here.
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) {
    response.writeHead(200, { 'content-length': whole.length }).end(whole);
    return;
  }
  const part = whole.subarray(Number(first), Number(last) + 1);
  const range = `bytes ${first}-${last}/${whole.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
}
