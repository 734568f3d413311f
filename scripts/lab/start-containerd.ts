import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canConnect } from './can-connect.ts';
import type { LabContext } from './lab-context.ts';
import { type Command, runCommand } from './run-command.ts';
import { startServer } from './server-process.ts';

/** A containerd with a root of its own. Disposing it stops it. */
export interface Containerd extends AsyncDisposable {
  readonly pid: number;
  /** Runs `ctr-remote`, which is ctr(8) and a client of lazy pulls, on it. */
  ctr(args: readonly string[], options?: Pick<Command, 'onOutput'>): ReturnType<typeof runCommand>;
}

export interface ContainerdOptions {
  /** Distinguishes it from others of this run. */
  readonly name: string;
  /** A snapshotter beside containerd's own: the name of the proxy plugin, and its socket. */
  readonly snapshotter?: { readonly name: string; readonly address: string } | undefined;
}

/** Compressing the image takes longest, and machines may be busy. */
const COMMAND_TIMEOUT_MS = 600_000;

export async function startContainerd(context: LabContext, options: ContainerdOptions): Promise<Containerd> {
  const { directory, env, logs, name: namespace, signal } = context;
  const home = join(directory, options.name);
  const address = join(home, 'containerd.sock');
  const config = join(home, 'config.toml');
  mkdirSync(home);
  writeFileSync(config, containerdConfig(home, options.snapshotter));
  const logFile = join(logs, `${options.name}.log`);
  const server = startServer({
    name: 'containerd',
    command: 'containerd',
    args: ['--config', config],
    env,
    logFile,
    signal,
  });
  const ctr: Containerd['ctr'] = (args, { onOutput } = {}) => {
    const command: Command = {
      command: 'ctr-remote',
      args: ['--address', address, '--namespace', namespace, ...args],
      env,
      logFile: join(logs, 'ctr-remote.log'),
      timeoutMs: COMMAND_TIMEOUT_MS,
      signal,
      onOutput,
    };
    return runCommand(command);
  };
  await server.until(async () => (await canConnect(address)) || undefined);
  return { pid: server.pid, ctr, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** For containerd 1.6 to 2.x: version 2 of the format, which the later ones translate. */
export function containerdConfig(home: string, snapshotter?: ContainerdOptions['snapshotter']): string {
  const text = (value: string) => JSON.stringify(value);
  return `version = 2
root = ${text(join(home, 'root'))}
state = ${text(join(home, 'state'))}
disabled_plugins = ["io.containerd.grpc.v1.cri"]

[grpc]
  address = ${text(join(home, 'containerd.sock'))}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(home, 'opt'))}
${
  snapshotter === undefined
    ? ''
    : `
[proxy_plugins]
  [proxy_plugins.${snapshotter.name}]
    type = "snapshot"
    address = ${text(snapshotter.address)}
`
}`;
}
