import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import type { DemoContext } from './demo-context.ts';
import { startServer } from './server-process.ts';

export interface Sluiced extends AsyncDisposable {
  /** Socket for containerd. */
  readonly address: string;
  /** What `GET /v1/status` answers. */
  status(): Promise<SluicedStatus>;
}

/** The part of it that the demo shows. */
export interface SluicedStatus {
  readonly residentBytes: number;
  readonly layers: { readonly mounted: number; readonly fallbacks: Readonly<Record<string, number>> };
}

export async function startSluiced({ workspace, directory, logs, signal }: DemoContext): Promise<Sluiced> {
  const home = join(directory, 'sluice');
  mkdirSync(home);
  const address = join(home, 'sluice.sock');
  const adminAddress = join(home, 'admin.sock');
  const server = startServer({
    name: 'sluiced',
    command: join(workspace, 'apps', 'daemon', 'bin', 'sluiced'),
    args: ['--root', join(home, 'root'), '--address', address],
    env: process.env,
    logFile: join(logs, 'sluiced.log'),
    signal,
  });
  await server.until(
    async () => ((await canConnect(address)) && (await canConnect(adminAddress))) || undefined,
  );
  return {
    address,
    status: async () => JSON.parse(await get(adminAddress, '/v1/status')),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`No answer from ${socketPath} in 10 s`)));
    sent.on('error', reject).end();
  });
}
