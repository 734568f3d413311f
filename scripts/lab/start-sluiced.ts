import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import type { LabContext } from './lab-context.ts';
import { startServer } from './server-process.ts';

export interface Sluiced extends AsyncDisposable {
  readonly pid: number;
  /** Socket for containerd. */
  readonly address: string;
  /** What `GET /v1/status` answers. */
  status(): Promise<SluicedStatus>;
  /** What the admin socket answers. @throws Error with what it says, if that is no success */
  admin(path: string, put?: string): Promise<string>;
}

/** The part of it that is shown. */
export interface SluicedStatus {
  readonly residentBytes: number;
  readonly layers: { readonly mounted: number; readonly fallbacks: Readonly<Record<string, number>> };
}

/**
 * @param home a directory for its root and its sockets; is made
 * @param config its configuration file, if it is to have one
 */
export async function startSluiced(
  { workspace, logs, signal }: LabContext,
  home: string,
  config?: string,
): Promise<Sluiced> {
  mkdirSync(home);
  const address = join(home, 'sluice.sock');
  const adminAddress = join(home, 'admin.sock');
  const server = startServer({
    name: 'sluiced',
    command: join(workspace, 'apps', 'daemon', 'bin', 'sluiced'),
    args: ['--root', join(home, 'root'), '--address', address, ...(config ? ['--config', config] : [])],
    env: process.env,
    logFile: join(logs, 'sluiced.log'),
    signal,
  });
  await server.until(
    async () => ((await canConnect(address)) && (await canConnect(adminAddress))) || undefined,
  );
  const admin: Sluiced['admin'] = (path, put) => ask(adminAddress, path, put);
  return {
    pid: server.pid,
    address,
    admin,
    status: async () => JSON.parse(await admin('/v1/status')),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function ask(socketPath: string, path: string, put?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const method = put === undefined ? 'GET' : 'PUT';
    const sent = request({ socketPath, path, method, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      const { statusCode = 0 } = response;
      response.on('end', () =>
        statusCode < 400 ? resolve(text) : reject(new Error(`${method} ${path}: ${statusCode} ${text}`)),
      );
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`No answer from ${socketPath} in 10 s`)));
    sent.on('error', reject).end(put);
  });
}
