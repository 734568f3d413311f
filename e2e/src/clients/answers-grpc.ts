import { Client, credentials } from '@grpc/grpc-js';

const WAIT_MS = 5000;

/**
 * Whether a gRPC server greets those who connect to a unix socket. Merely listening is not enough: containerd gives
 * up after a second, in which a process that has just started may not come to it on a busy machine.
 */
export function answersGrpc(path: string): Promise<boolean> {
  const client = new Client(`unix:${path}`, credentials.createInsecure());
  return new Promise((resolve) => {
    client.waitForReady(Date.now() + WAIT_MS, (error) => {
      client.close();
      resolve(!error);
    });
  });
}
