import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestCertificates } from './test-certificates.ts';

export interface TestServer extends AsyncDisposable {
  /** 127.0.0.1 and the port. */
  readonly host: string;
  /** With scheme, without a slash at its end. */
  readonly url: string;
}

export interface TestServerOptions {
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Speaks HTTPS with these. */
  readonly certificates?: TestCertificates | undefined;
  /** Wants a certificate of the client. */
  readonly clientCertificate?: boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Listens on 127.0.0.1. Disposing it breaks all connections. */
export async function startTestServer({ handle, ...options }: TestServerOptions): Promise<TestServer> {
  const server = createFor(options, (request, response) => {
    // A test must not end because a client went away in the middle of an answer.
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${options.certificates ? 'https' : 'http'}://${host}`,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      const gone = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await gone;
    },
  };
}

function createFor(options: Omit<TestServerOptions, 'handle'>, listener: RequestListener): Server {
  const { certificates, clientCertificate = false } = options;
  if (certificates === undefined) return createServer(listener);
  const { cert, key, ca } = certificates;
  return createTlsServer(
    { cert, key, ca, requestCert: clientCertificate, rejectUnauthorized: clientCertificate },
    listener,
  );
}
