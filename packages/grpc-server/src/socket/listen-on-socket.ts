import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { GrpcServerError } from '../grpc-server-error.ts';
import { addressInUse } from './address-in-use.ts';
import { checkSocketPath } from './check-socket-path.ts';
import { removeStaleSocket } from './remove-stale-socket.ts';

/**
 * Lets a server listen on a unix socket that only its owner can connect to (mode 0600, whatever the umask), in a
 * directory that is made (mode 0700) if it is missing. A socket that nobody listens on any more is replaced.
 * Closing the server unlinks the socket.
 *
 * Changes the umask of the process for the moment of the bind, so not for worker threads.
 *
 * @throws GrpcServerError; then the server does not listen, and nothing that lay there is changed
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  checkSocketPath(path);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await removeStaleSocket(path);
    bindPrivately(server, path);
    await once(server, 'listening');
  } catch (cause) {
    if (cause instanceof GrpcServerError) throw cause;
    // Somebody was quicker, between the check and the bind.
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') throw addressInUse(path, { cause });
    throw new GrpcServerError('LISTEN_FAILED', `cannot listen on ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A chmod after the bind would leave a moment in which everybody may connect. `listen` binds before it returns. */
function bindPrivately(server: Server, path: string): void {
  const umask = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(umask);
  }
}
