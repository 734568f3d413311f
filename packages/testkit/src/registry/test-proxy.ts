import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TestProxyOptions {
  /** Host and port on 127.0.0.1 that every request ends at, whatever host it names. */
  readonly target: string;
  /** Wanted as Basic in Proxy-Authorization. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** A forward proxy on 127.0.0.1, which pretends that all hosts are one. */
export interface TestProxy extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  /** What was asked of it: 'CONNECT r.example:443', 'GET http://r.example/v2/'. */
  readonly asked: string[];
}

export async function createTestProxy({ target, credentials }: TestProxyOptions): Promise<TestProxy> {
  const asked: string[] = [];
  const tunnels = new Set<Duplex>();
  const proof =
    credentials &&
    `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  const admits = ({ headers }: IncomingMessage) => !proof || headers['proxy-authorization'] === proof;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!admits(request)) return void response.writeHead(407).end();
    forward(request, response, target);
  });
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${request.url}`);
    tunnels.add(socket);
    if (admits(request)) tunnel(socket, target);
    else socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of tunnels) socket.destroy();
      if (!server.listening) return;
      const gone = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await gone;
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse, target: string): void {
  const url = new URL(request.url ?? '');
  const { 'proxy-authorization': _proof, 'proxy-connection': _kept, ...headers } = request.headers;
  const onward = httpRequest(
    `http://${target}${url.pathname}${url.search}`,
    { method: request.method, headers, agent: false },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

function tunnel(socket: Duplex, target: string): void {
  const [host = '', port = ''] = target.split(':');
  const onward: Socket = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.pipe(onward).pipe(socket);
  });
  for (const [one, other] of [
    [socket, onward],
    [onward, socket],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}
