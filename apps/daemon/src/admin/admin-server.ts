import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AdminFailure } from '@sluice/admin-api';
import { listenOnSocket } from '@sluice/grpc-server';
import type { Logger } from '@sluice/snapshotter-core';

/** What a path of the admin socket answers. */
export type AdminAnswer = { readonly contentType: string } & (
  | { readonly text: string }
  /** Is destroyed if the client leaves. */
  | { readonly stream: Readable; readonly sizeBytes: number }
);

/** By path: '/v1/status'. Only GET. */
export type AdminRoutes = Readonly<Record<string, () => Promise<AdminAnswer>>>;

/**
 * HTTP over a unix socket that only root can reach. Read-only. Disposing it ends connections and the socket.
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
      void send(response, 500, failure('internal error: the log of sluiced says more'));
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

/** A client that does not wait for the whole answer is no failure. */
function hasLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function answer(
  routes: AdminRoutes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0] ?? '';
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route) {
    const known = Object.keys(routes).join(', ');
    return await send(response, 404, failure(`there is no ${path} here, but ${known}`));
  }
  if (request.method !== 'GET') return await send(response, 405, failure('only GET'));
  await send(response, 200, await route());
}

async function send(response: ServerResponse, status: number, answer: AdminAnswer): Promise<void> {
  if (response.headersSent) return void response.destroy();
  response.setHeader('content-type', answer.contentType);
  if ('stream' in answer) {
    // With its length, so that the client knows a whole answer from one that was cut off.
    response.writeHead(status, { 'content-length': answer.sizeBytes });
    return await pipeline(answer.stream, response);
  }
  response.writeHead(status).end(answer.text);
}

/** An answer in JSON. */
export function json(value: unknown): AdminAnswer {
  return { contentType: 'application/json', text: `${JSON.stringify(value)}\n` };
}

function failure(error: string): AdminAnswer {
  return json({ error } satisfies AdminFailure);
}
