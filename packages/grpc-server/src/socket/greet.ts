import { once } from 'node:events';
import { connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';

/**
 * Connects to a server on a unix socket as the first client does, and waits for the server's half of the HTTP/2
 * handshake (RFC 9113, section 3.4). The first one loads and compiles much: on a busy machine, a client in a hurry
 * (containerd's waits a second) would give up over it.
 *
 * @throws what keeps the server from answering
 */
export async function greet(address: string): Promise<void> {
  const session = connect('http://localhost', { createConnection: () => connectSocket(address) });
  const ended = once(session, 'close').then(() => {
    throw new Error(`the server on ${address} ended the connection`);
  });
  try {
    await Promise.race([once(session, 'remoteSettings'), ended]);
  } finally {
    ended.catch(() => undefined);
    session.destroy();
  }
}
