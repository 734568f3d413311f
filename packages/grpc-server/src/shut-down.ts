import type { Server as Listener, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '@grpc/grpc-js';
import type { Logger } from '@sluice/snapshotter-core';

interface Running {
  readonly grpc: Server;
  readonly listener: Listener;
  /** Connections that are open. */
  readonly sockets: ReadonlySet<Socket>;
  readonly logger: Logger;
}

/** Ends a server: no new connections, no new calls, then those in flight, at last by force. */
export async function shutDown(
  { grpc, listener, sockets, logger }: Running,
  timeoutMs: number,
): Promise<void> {
  // Unlinks the socket at once; its callback would wait for all connections.
  if (listener.listening) listener.close();
  const drained = drain(grpc, sockets);
  const giveUp = new AbortController();
  const timeout = delay(timeoutMs, 'late' as const, { signal: giveUp.signal }).catch(() => 'late' as const);
  if ((await Promise.race([drained, timeout])) === 'late') {
    logger.warn({ timeoutMs }, 'calls in flight do not end: cancelling them');
  }
  giveUp.abort();
  grpc.forceShutdown();
  // Whoever answers a call that is cut off learns of it before this is over.
  await Promise.all([...sockets].map((socket) => whenClosed(socket.destroy())));
}

/**
 * Asks every connection to close, which each does after its last call, and waits for that. grpc-js tells of the end
 * too early: closing its HTTP/2 server marks the sessions as closed, and it does not wait for those that are.
 */
async function drain(grpc: Server, sockets: ReadonlySet<Socket>): Promise<'drained'> {
  const closed = [...sockets].map(whenClosed);
  await new Promise<void>((resolve) => grpc.tryShutdown(() => resolve()));
  await Promise.all(closed);
  return 'drained';
}

function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
