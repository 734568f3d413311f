import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuMsOf, rssBytesOf } from './process-usage.ts';

/** A snapshotter in a process of its own. Disposing it ends the process; its files stay. */
export interface BenchServer extends AsyncDisposable {
  readonly name: string;
  readonly address: string;
  /** Memory that it holds now (VmRSS), in bytes. */
  rssBytes(): number;
  /** Processor time that it has used, in its own code and in the kernel. */
  cpuMs(): number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** containerd's own, in Go. @param directory of its own */
export function startGo(program: string, directory: string): Promise<BenchServer> {
  const address = join(directory, 'go.sock');
  mkdirSync(join(directory, 'root'), { recursive: true });
  return start('Go', [program, join(directory, 'root'), address], address);
}

/** `sluiced` as it is by default, but without FUSE. @param directory of its own */
export function startSluice(workspace: string, directory: string): Promise<BenchServer> {
  const inside = (name: string) => join(directory, name);
  const admin = `[admin]\naddress = ${JSON.stringify(inside('admin.sock'))}\n`;
  mkdirSync(directory, { recursive: true });
  writeFileSync(inside('sluice.toml'), `${admin}[fuse]\ndriver = "none"\n`);
  const flags = ['--root', inside('root'), '--address', inside('s.sock'), '--config', inside('sluice.toml')];
  const command = join(workspace, 'apps', 'daemon', 'bin', 'sluiced');
  return start('Sluice', [command, ...flags], inside('s.sock'));
}

async function start(name: string, command: readonly string[], address: string): Promise<BenchServer> {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (!existsSync(address)) {
    if (child.exitCode === null && Date.now() < deadlineMs) await delay(50);
    else {
      await stop(child);
      throw new Error(`${name} does not serve on ${address}:\n${log}`);
    }
  }
  return {
    name,
    address,
    rssBytes: () => rssBytesOf(child.pid!),
    cpuMs: () => cpuMsOf(child.pid!),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = await Promise.race([ended, delay(STOP_TIMEOUT_MS, 'late', { ref: false })]);
  if (late !== 'late') return;
  child.kill('SIGKILL');
  await ended;
}
