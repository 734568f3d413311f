import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AdminFailure, maxBodyBytes } from '@sluice/admin-api';
import { listenOnSocket } from '@sluice/grpc-server';
import type { Logger } from '@sluice/snapshotter-core';

/** What a path of the admin socket answers. The status is 200 unless it is given. */
export type AdminAnswer = { readonly contentType: string; readonly status?: number } & (
  | { readonly text: string }
  /** Is destroyed if the client leaves. Without a size, it is sent in chunks. */
  | { readonly stream: Readable; readonly sizeBytes?: number }
);

export interface AdminRequest {
  readonly query: URLSearchParams;
  /** Empty for GET; at most `maxBodyBytes`. */
  readonly body: string;
}

/** What may be done with a path. */
export interface AdminRoute {
  readonly GET?: (request: AdminRequest) => Promise<AdminAnswer>;
  readonly PUT?: (request: AdminRequest) => Promise<AdminAnswer>;
  readonly POST?: (request: AdminRequest) => Promise<AdminAnswer>;
  readonly DELETE?: (request: AdminRequest) => Promise<AdminAnswer>;
}

/** By path: '/v1/status'. */
export type AdminRoutes = Readonly<Record<string, AdminRoute>>;

/**
 * HTTP over a unix socket that only root can reach. Disposing it ends connections and the socket.
 *
 * @throws GrpcServerError, as every socket here is made in one way
 */
export async function startAdminServer(
  deps: { routes: AdminRoutes; logger: Logger },
  options: { address: string },
): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(deps.routes, request, response).catch((err: unknown) => {
      if (hasLeft(err)) return;
      deps.logger.error({ err, url: request.url }, 'a request on the admin socket failed');
      void send(response, refusal(500, 'internal error: the log of sluiced says more'));
    });
  });
  await listenOnSocket(server, options.address);
  return {
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A client that does not wait for the whole answer, or does not send all, is no failure. */
function hasLeft(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error)) return false;
  return error.code === 'ERR_STREAM_PREMATURE_CLOSE' || error.code === 'ECONNRESET';
}

async function answer(
  routes: AdminRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = request.url?.split('?') ?? [];
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route) {
    const known = Object.keys(routes).join(', ');
    return await send(response, refusal(404, `there is no ${path} here, but ${known}`));
  }
  const handler = isMethod(request.method) ? route[request.method] : undefined;
  if (!handler) {
    const allowed = Object.keys(route).join(', ');
    response.setHeader('allow', allowed);
    return await send(response, refusal(405, `only ${allowed}`));
  }
  const body = request.method === 'GET' ? '' : await readBody(request);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    return await send(response, refusal(413, `a body may have at most ${maxBodyBytes} bytes`));
  }
  await send(response, await handler({ query: new URLSearchParams(query), body }));
}

function isMethod(method: string | undefined): method is keyof AdminRoute {
  return method === 'GET' || method === 'PUT' || method === 'POST' || method === 'DELETE';
}

/** Undefined if it is too long; then the rest of it is not read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    pieces.push(piece as Buffer);
    sizeBytes += (piece as Buffer).length;
    if (sizeBytes > maxBodyBytes) return undefined;
  }
  return Buffer.concat(pieces).toString();
}

async function send(response: ServerResponse, answer: AdminAnswer): Promise<void> {
  if (response.headersSent) return void response.destroy();
  const status = answer.status ?? 200;
  response.setHeader('content-type', answer.contentType);
  if ('stream' in answer) {
    // With its length, so that the client knows a whole answer from one that was cut off.
    if (answer.sizeBytes !== undefined) response.setHeader('content-length', answer.sizeBytes);
    response.writeHead(status);
    return await pipeline(answer.stream, response);
  }
  response.writeHead(status).end(answer.text);
}

/** An answer in JSON. */
export function json(value: unknown): AdminAnswer {
  return { contentType: 'application/json', text: `${JSON.stringify(value)}\n` };
}

/** An answer that says why it is not what was asked for. */
export function refusal(status: number, error: string): AdminAnswer {
  return { ...json({ error } satisfies AdminFailure), status };
}
