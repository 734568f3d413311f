import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { HolderError } from '../holder-error.ts';
import { createHeldDescriptors } from './held-descriptors.ts';
import { serveConnection } from './serve-connection.ts';
import { createStuckOwners } from './stuck-owners.ts';

export interface ServeHolderOptions {
  readonly socketPath: string;
  /** A holder that holds nothing and that nobody is connected to ends after this time. */
  readonly idleExitMs: number;
}

/**
 * Listens, and serves until it is idle for long enough; resolves then, with the socket removed. The socket has mode
 * 0600: whoever can connect may take what is held.
 *
 * @throws HolderError START_FAILED if somebody listens there already, or nobody can
 */
export async function serveHolder({ socketPath, idleExitMs }: ServeHolderOptions): Promise<void> {
  const held = createHeldDescriptors();
  const stuck = createStuckOwners();
  const connections = new Set<Socket>();
  const server = createServer(async (socket) => {
    connections.add(socket);
    clearTimeout(idle);
    await serveConnection(socket, { held, stuck, quit });
    connections.delete(socket);
    awaitIdleness();
  });
  function quit(): void {
    server.close();
    for (const connection of connections) connection.end();
  }
  await listen(server, socketPath);
  const closed = once(server, 'close');
  let idle: NodeJS.Timeout | undefined;
  awaitIdleness();
  await closed;

  function awaitIdleness(): void {
    clearTimeout(idle);
    if (connections.size > 0 || held.size > 0 || !server.listening) return;
    // Nobody can have connected in between: the server answers within one turn of the event loop.
    idle = setTimeout(() => server.close(), idleExitMs);
  }
}

async function listen(server: Server, path: string): Promise<void> {
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new HolderError('START_FAILED', `cannot listen on ${path}: ${(cause as Error).message}`, { cause });
  }
  server.on('close', () => rmSync(path, { force: true }));
}
