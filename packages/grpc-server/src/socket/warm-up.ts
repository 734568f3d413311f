import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Has a server shake hands (RFC 9113, section 3.4) with a client in this process, over a socket that nobody else can
 * reach. The first handshake loads and compiles much: on a busy machine, a client in a hurry (containerd's waits a
 * second) would give up over it.
 *
 * @param accept gives the server a connection, as its listener does; it is closed when this settles
 * @throws what keeps the server from answering
 */
export async function warmUp(accept: (connection: Socket) => void): Promise<void> {
  // mkdtemp(3): for its owner alone.
  const directory = mkdtempSync(join(tmpdir(), 'sluice-warm-up-'));
  const path = join(directory, 's');
  const listener = createServer(accept);
  try {
    listener.listen(path);
    await once(listener, 'listening');
    await shakeHands(path);
  } finally {
    listener.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function shakeHands(path: string): Promise<void> {
  const session = connect('http://localhost', { createConnection: () => connectSocket(path) });
  const ended = once(session, 'close').then(() => {
    throw new Error('the server ended the connection');
  });
  try {
    await Promise.race([once(session, 'remoteSettings'), ended]);
  } finally {
    ended.catch(() => undefined);
    session.destroy();
  }
}
