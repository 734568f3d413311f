import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StargzProgram } from '../bench-fs/stargz/find-stargz.ts';
import { canConnect } from '../lab/can-connect.ts';
import type { LabContext } from '../lab/lab-context.ts';
import { LabError } from '../lab/lab-error.ts';
import { startServer } from '../lab/server-process.ts';
import type { Snapshotter, SnapshotterOptions } from './subjects.ts';

/** Starts the stargz snapshotter with its own defaults, but that the registry speaks plain HTTP. */
export async function startStargz(
  { logs, env, signal }: LabContext,
  { home, host, stargz }: SnapshotterOptions,
): Promise<Snapshotter> {
  if (!stargz) {
    throw new LabError(
      'CANNOT_RUN_HERE',
      'There is no containerd-stargz-grpc on the PATH, and none could be built of the sources that Debian has.',
    );
  }
  mkdirSync(home);
  const address = join(home, 'stargz.sock');
  const server = startServer({
    name: 'the stargz snapshotter',
    command: stargz.path,
    args: argsOf(stargz, home, { address, host }),
    env,
    logFile: join(logs, `stargz-${basename(home)}.log`),
    signal,
  });
  await server.until(async () => (await canConnect(address)) || undefined);
  return {
    name: 'stargz',
    address,
    pid: server.pid,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function argsOf(
  { isOriginal }: StargzProgram,
  home: string,
  { address, host }: { readonly address: string; readonly host: string },
): string[] {
  const root = join(home, 'root');
  if (!isOriginal) return [root, address, host];
  const config = join(home, 'config.toml');
  const [name, text] = [JSON.stringify(host), `host = ${JSON.stringify(host)}\ninsecure = true\n`];
  writeFileSync(config, `[[resolver.host.${name}.mirrors]]\n${text}`);
  return ['--root', root, '--address', address, '--config', config];
}
