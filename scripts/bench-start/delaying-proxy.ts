import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface DelayingProxyOptions {
  /** Where requests go: a port on 127.0.0.1. */
  readonly targetPort: number;
  /** The address to listen at, and the port: 0 for a free one. */
  readonly host: string;
  readonly port: number;
  readonly delayMs: number;
}

/** An HTTP server that hands every request on, later. Disposing it breaks all connections. */
export interface DelayingProxy extends AsyncDisposable {
  readonly port: number;
  /** Requests since the start. */
  requests(): number;
}

/** Starts one. What comes back is handed on as it comes. */
export async function startDelayingProxy(options: DelayingProxyOptions): Promise<DelayingProxy> {
  const agent = new Agent({ keepAlive: true });
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    requests++;
    handOn(incoming, outgoing, { ...options, agent }).catch(() => outgoing.destroy());
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

async function handOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { targetPort, delayMs, agent }: DelayingProxyOptions & { readonly agent: Agent },
): Promise<void> {
  await delay(delayMs);
  const { method, url: path, headers } = incoming;
  const sent = request({ host: '127.0.0.1', port: targetPort, method, path, headers, agent });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  outgoing.on('close', () => sent.destroy());
  const [[answer]] = await Promise.all([answered, pipeline(incoming, sent)]);
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, outgoing);
}
