import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createSnapshotsClient, type SnapshotsClient } from '../../../apps/daemon/test/snapshots-client.ts';
import { findMounts, unmount } from '../../../packages/linux/src/index.ts';
import { cpuMsOf, rssBytesOf } from '../../bench-rpc/process-usage.ts';
import type { ServedFiles } from '../served-files.ts';
import type { StargzProgram } from './find-stargz.ts';
import type { PublishedLayer } from './publish-layer.ts';

export interface StargzDeps {
  readonly program: StargzProgram;
  readonly layer: PublishedLayer;
  /** The server's files lie below it. */
  readonly base: string;
  /** Reads all files once, so that the server has them on its disk before anything is measured. */
  warm(root: string): Promise<unknown>;
}

const START_TIMEOUT_MS = 30_000;
/** Answers to questions whether the layer is still there; a chunk of a file is far more. */
const REFRESH_BYTES = 64 << 10;
const ALREADY_EXISTS = 6;
const LOG_CHARACTERS = 2000;

/** Nothing but reads shall use the processor. */
const CONFIG = 'noprefetch = true\nno_background_fetch = true\n';

/** Serves the files by the FUSE server of the stargz snapshotter, from a layer that it has fetched as a whole. */
export async function startStargz({ program, layer, base, warm }: StargzDeps): Promise<ServedFiles> {
  const directory = mkdtempSync(join(base, 'stargz-'));
  await using parts = new AsyncDisposableStack();
  const { child, address } = await start(program, directory);
  parts.defer(() => stop(child, directory));
  const client = parts.use(createSnapshotsClient(address));
  const mount = () => mountLayer(client, layer);
  const unmountLayer = async () => {
    await client.remove('view');
    await client.remove(layer.name);
  };
  await withLog(directory, async () => {
    await warm(await mount());
    await unmountLayer();
  });
  const fetched = layer.bytesSent();
  const owned = parts.move();
  return {
    mount,
    unmount: unmountLayer,
    async usage() {
      const late = layer.bytesSent() - fetched;
      if (late > REFRESH_BYTES) throw new Error(`the server has fetched ${late} bytes while it was measured`);
      return { cpuMs: cpuMsOf(child.pid!), rssMib: rssBytesOf(child.pid!) / 2 ** 20, stats: undefined };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the server says of a failure is the better half of it. */
async function withLog(directory: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    const log = readFileSync(join(directory, 'log'), 'utf8').trim().slice(-LOG_CHARACTERS);
    throw new Error(`${(cause as Error).message}; its log ends with: ${log}`, { cause });
  }
}

/** @returns the directory that the layer is mounted on */
async function mountLayer(client: SnapshotsClient, { name, labels }: PublishedLayer): Promise<string> {
  const code = await client.prepare('extract', '', labels).then(
    () => 'an ordinary snapshot: it cannot mount the layer',
    (error: { readonly code: number }) => error.code,
  );
  if (code !== ALREADY_EXISTS) throw new Error(`the stargz snapshotter answers Prepare with ${code}`);
  const [mount] = await client.view('view', name);
  return mount!.source;
}

async function start({ path, isOriginal }: StargzProgram, directory: string) {
  const inside = (name: string) => join(directory, name);
  const [root, address, config] = [inside('root'), inside('s'), inside('config.toml')];
  writeFileSync(config, CONFIG);
  const flags = ['--root', root, '--address', address, '--config', config];
  const log = openSync(inside('log'), 'w');
  const child = spawn(path, isOriginal ? flags : [root, address], { stdio: ['ignore', log, log] });
  closeSync(log);
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!existsSync(address)) {
    if (child.exitCode === null && Date.now() < deadlineMs) await Promise.race([delay(20), failed]);
    else {
      await stop(child, directory);
      throw new Error(
        `${path} does not serve on ${address}: ${readFileSync(inside('log'), 'utf8').slice(-LOG_CHARACTERS)}`,
      );
    }
  }
  failed.catch(() => {});
  return { child, address };
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  for (const { mountPoint } of findMounts({ below: directory })) unmount(mountPoint, { detach: true });
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
