import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { DaemonError } from '../daemon-error.ts';

/**
 * Lets a server listen on a unix socket that nobody but root can connect to. A socket that a dead process left
 * is replaced; its directory is made (mode 0711) if it is missing.
 *
 * @throws DaemonError IN_USE if somebody listens there, ENVIRONMENT if the path cannot be used
 */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
    await removeStale(path);
    // Nothing else runs between the two changes: listen binds before it returns.
    const umask = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
    await once(server, 'listening');
    chmodSync(path, 0o600);
  } catch (cause) {
    if (cause instanceof DaemonError) throw cause;
    throw new DaemonError('ENVIRONMENT', `cannot listen on ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) {
    throw new DaemonError('ENVIRONMENT', `cannot listen on ${path}: it is no socket; move it away`);
  }
  if (await isAlive(path)) {
    throw new DaemonError('IN_USE', `another process listens on ${path}: stop it, or choose another address`);
  }
  unlinkSync(path);
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}
