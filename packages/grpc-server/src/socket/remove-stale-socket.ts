import { lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { GrpcServerError } from '../grpc-server-error.ts';
import { addressInUse } from './address-in-use.ts';

/**
 * Removes the socket that a process left when it died. Does nothing if there is none.
 *
 * @throws GrpcServerError ADDRESS_IN_USE if somebody listens there, ADDRESS_INVALID if it is not a socket
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) {
    throw new GrpcServerError(
      'ADDRESS_INVALID',
      `cannot listen on ${path}: there is something that is not a socket; move it away`,
    );
  }
  if (await isListening(path)) throw addressInUse(path);
  unlinkSync(path);
}

/** connect(2) says ECONNREFUSED of a socket that nobody listens on. Any other failure says nothing: so, true. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => settle(true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => settle(code !== 'ECONNREFUSED'));
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
  });
}
