import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabContext } from './lab-context.ts';
import { startServer } from './server-process.ts';

export interface Registry extends AsyncDisposable {
  /** On 127.0.0.1, over plain HTTP. */
  readonly port: number;
}

export interface RegistryOptions {
  /** Where its blobs are, or will be. Made if it is missing. */
  readonly storage: string;
}

/** Starts Debian's docker-registry on a free port of the loopback interface. */
export async function startRegistry(
  { directory, env, logs, signal }: Pick<LabContext, 'directory' | 'env' | 'logs' | 'signal'>,
  { storage }: RegistryOptions,
): Promise<Registry> {
  const config = join(directory, 'registry.yml');
  writeFileSync(config, registryConfig(storage));
  const server = startServer({
    name: 'docker-registry',
    command: 'docker-registry',
    args: ['serve', config],
    env,
    logFile: join(logs, 'registry.log'),
    signal,
  });
  const port = await server.until(() => parsePort(server.log()));
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function registryConfig(root: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: root } },
    http: { addr: '127.0.0.1:0' },
  });
}

/** From the line in which it says where it listens. */
export function parsePort(log: string): number | undefined {
  const port = /listening on 127\.0\.0\.1:(\d+)/.exec(log)?.[1];
  return port === undefined ? undefined : Number(port);
}
