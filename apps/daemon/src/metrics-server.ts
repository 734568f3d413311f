import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@sluice/snapshotter-core';
import type { LoopbackAddress } from './config/loopback-address.ts';
import { DaemonError } from './daemon-error.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsServer extends AsyncDisposable {
  /** The one that was asked for, or the free one that was taken for 0. */
  readonly port: number;
}

/**
 * Serves `GET /metrics` on a TCP port of this machine, for collectors that cannot read a unix socket. Every user of
 * the machine can read it. Disposing it ends connections and frees the port.
 *
 * @throws DaemonError ENVIRONMENT if the port cannot be had
 */
export async function startMetricsServer(
  deps: { readonly metrics: Pick<Metrics, 'expose'>; readonly logger: Logger },
  { host, port }: LoopbackAddress,
): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    const isMetrics = request.method === 'GET' && request.url?.split('?')[0] === '/metrics';
    if (!isMetrics) return void response.writeHead(404).end('there is only GET /metrics here\n');
    const { contentType, text } = await deps.metrics.expose();
    response.writeHead(200, { 'content-type': contentType }).end(text);
  });
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new DaemonError('ENVIRONMENT', `metrics.address: ${why}; choose another port`, { cause });
  }
  const address = server.address() as AddressInfo;
  deps.logger.info({ host, port: address.port }, 'serving metrics');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
