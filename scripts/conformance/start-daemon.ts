import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A `sluiced` with a root of its own. Disposing it stops it. */
export interface TestDaemon extends AsyncDisposable {
  /** Path of the socket for containerd. */
  readonly address: string;
  /** For files of the test. Removed with the daemon. */
  readonly directory: string;
  /** What it has logged. */
  log(): string;
  /**
   * Asks it to stop as an operator does, waits, and removes its directory. Returns what was wrong about that, if
   * anything. May be called again.
   */
  stop(): Promise<string | undefined>;
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 30_000;

/** @throws if it does not serve in time; its log is in the message */
export async function startDaemon(workspace: string): Promise<TestDaemon> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-conformance-'));
  const child = spawnDaemon(workspace, directory);
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = endOf(child);
  const stop = async () => {
    child.kill('SIGTERM');
    const wrong = await waitForEnd(child, ended);
    return removeDirectory(directory) ?? (wrong && `${wrong}\n${log}`);
  };
  let stopped: Promise<string | undefined> | undefined;
  const stopOnce = () => {
    stopped ??= stop();
    return stopped;
  };
  const address = join(directory, 'sluice.sock');
  if (!(await servesInTime(address, child))) {
    await stopOnce();
    throw new Error(`sluiced does not serve on ${address}:\n${log}`);
  }
  return {
    address,
    directory,
    log: () => log,
    stop: stopOnce,
    async [Symbol.asyncDispose]() {
      await stopOnce();
    },
  };
}

function spawnDaemon(workspace: string, directory: string): ChildProcess {
  const inside = (name: string) => join(directory, name);
  writeFileSync(inside('sluice.toml'), `[admin]\naddress = ${JSON.stringify(inside('admin.sock'))}\n`);
  const flags = [
    '--root',
    inside('root'),
    '--address',
    inside('sluice.sock'),
    '--config',
    inside('sluice.toml'),
  ];
  const launcher = join(workspace, 'apps', 'daemon', 'bin', 'sluiced');
  return spawn(launcher, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Resolves when it has ended: with what is wrong about that, if anything. */
async function endOf(child: ChildProcess): Promise<string | undefined> {
  try {
    const [code, signal] = await once(child, 'exit');
    return code === 0 ? undefined : `sluiced ended with ${code ?? signal}`;
  } catch (error) {
    return `sluiced did not start: ${error}`;
  }
}

async function waitForEnd(
  child: ChildProcess,
  ended: Promise<string | undefined>,
): Promise<string | undefined> {
  const late = delay(STOP_TIMEOUT_MS, 'late', { ref: false });
  const end = await Promise.race([ended, late]);
  if (end !== 'late') return end;
  child.kill('SIGKILL');
  await ended;
  return `sluiced did not stop within ${STOP_TIMEOUT_MS} ms of SIGTERM`;
}

async function servesInTime(address: string, child: ChildProcess): Promise<boolean> {
  const deadlineMs = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && Date.now() < deadlineMs) {
    if (await canConnect(address)) return true;
    await delay(50);
  }
  return false;
}

function canConnect(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Leaves it alone, and says so, if something is mounted there: that would be removed too. */
function removeDirectory(directory: string): string | undefined {
  const lines = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const mounts = lines.map((line) => line.split(' ')[1] ?? '').filter((at) => at.startsWith(`${directory}/`));
  if (mounts.length > 0) return `mounts were left behind: ${mounts.join(' ')}`;
  rmSync(directory, { recursive: true, force: true });
  return undefined;
}
