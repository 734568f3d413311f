import type { Server as Listener } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@sluice/snapshotter-core';
import type { GrpcTransport } from './transport/grpc-transport.ts';

interface Running {
  /** Undefined where nothing was served. */
  readonly transport: GrpcTransport | undefined;
  readonly listener: Listener;
  readonly logger: Logger;
}

/** Ends a server: no new connections, no new calls, then those in flight, at last by force. */
export async function shutDown({ transport, listener, logger }: Running, timeoutMs: number): Promise<void> {
  // Unlinks the socket at once; its callback would wait for all connections.
  if (listener.listening) listener.close();
  if (!transport) return;
  const giveUp = new AbortController();
  const timeout = delay(timeoutMs, 'late' as const, { signal: giveUp.signal }).catch(() => 'late' as const);
  if ((await Promise.race([transport.drain(), timeout])) === 'late') {
    logger.warn({ timeoutMs }, 'calls in flight do not end: cancelling them');
  }
  giveUp.abort();
  await transport.destroy();
}
