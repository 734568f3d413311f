import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A containerd of one's own, good for images but not for containers. */
export interface Containerd extends AsyncDisposable {
  readonly socket: string;
}

const START_MS = 30_000;

/** @param program the executable */
export async function startContainerd(program: string): Promise<Containerd> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'sluice-containerd-'));
  stack.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }));
  const socket = join(dir, 'containerd.sock');
  await mkdir(join(dir, 'plugins'));
  await writeFile(join(dir, 'config.toml'), configOf(dir, socket));
  const log = openSync(join(dir, 'log'), 'w');
  const child = spawn(program, ['--config', join(dir, 'config.toml')], { stdio: ['ignore', log, log] });
  closeSync(log);
  stack.defer(() => ended(child));
  if (!(await answering(socket, child)))
    throw new Error(`containerd does not start:\n${await readFile(join(dir, 'log'), 'utf8')}`);
  const owned = stack.move();
  return { socket, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Nothing outside its directory; the native snapshotter, as overlayfs may not be had on this file system. */
function configOf(dir: string, socket: string): string {
  return `
version = 2
root = "${dir}/root"
state = "${dir}/state"
[grpc]
address = "${socket}"
[ttrpc]
address = "${socket}.ttrpc"
[plugins."io.containerd.internal.v1.opt"]
path = "${dir}/opt"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${dir}/plugins"
conf_dir = "${dir}/plugins"
`;
}

async function answering(socket: string, child: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await accepts(socket)) return true;
    await sleep(50);
  }
  return false;
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const killing = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(killing);
}
