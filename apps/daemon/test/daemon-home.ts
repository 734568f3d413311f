import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMounts, unmount } from '@sluice/linux';
import { type SpawnedProcess, type SpawnOptions, spawnDaemon } from './spawn-daemon.ts';
import { waitUntil } from './wait-until.ts';

/** A line of the log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A real `sluiced` that serves. */
export interface TestDaemon extends SpawnedProcess {
  /** What it has logged so far. */
  log(): readonly LogLine[];
  /** Asks it to stop, as an operator does, and waits for its end. @throws if it does not end with status 0 in time */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<void>;
  /** Ends it as a crash does, and waits for its end. */
  crash(): Promise<void>;
}

/**
 * A temporary directory in which daemons run one after another. Disposing it kills what still runs, takes away what
 * is still mounted, and removes it.
 */
export interface DaemonHome extends AsyncDisposable {
  readonly directory: string;
  /** The daemon's root directory, `root`. */
  readonly root: string;
  /** Socket for containerd. */
  readonly address: string;
  readonly adminAddress: string;
  /** Starts `sluiced` on this home, and returns as soon as it serves. @throws with its log, if it does not */
  start(options?: StartOptions): Promise<TestDaemon>;
  /** Runs `sluiced` with other arguments; returns when it has ended. @throws if it does not end in time */
  run(args: readonly string[], options?: Omit<SpawnOptions, 'output'>): Promise<SpawnedProcess>;
  /** Kills what still runs, holders too, and takes away what is still mounted. */
  endAll(): Promise<void>;
}

export interface StartOptions extends Omit<SpawnOptions, 'output'> {
  /** TOML, added to the configuration. */
  readonly config?: string;
  /** More flags. */
  readonly flags?: readonly string[];
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

export function createDaemonHome(): DaemonHome {
  const directory = mkdtempSync(join(tmpdir(), 'sld-'));
  const inside = (name: string) => join(directory, name);
  const processes: SpawnedProcess[] = [];
  const [root, address, adminAddress] = [inside('root'), inside('s.sock'), inside('admin.sock')];
  const spawnHere = (args: readonly string[], options: Omit<SpawnOptions, 'output'>) => {
    const spawned = spawnDaemon(args, { output: inside(`run-${processes.length}`), ...options });
    processes.push(spawned);
    return spawned;
  };
  async function endAll(): Promise<void> {
    for (const spawned of processes) spawned.kill('SIGKILL');
    await Promise.all(processes.map(waitForEnd));
    await endHolder(inside('holder.sock'));
    for (const { mountPoint } of findMounts({ below: directory }).reverse()) {
      unmount(mountPoint, { detach: true, noFollow: true });
    }
  }
  return {
    directory,
    root,
    address,
    adminAddress,
    async start({ config = '', flags = [], ...options } = {}) {
      writeFileSync(inside('sluice.toml'), config);
      const own = ['--root', root, '--address', address, '--config', inside('sluice.toml')];
      const spawned = spawnHere([...own, ...flags], options);
      await waitUntil(() => spawned.end ?? serves(spawned), {
        timeoutMs: START_TIMEOUT_MS,
        what: () => `sluiced serves: ${spawned.stderr()}`,
      });
      if (spawned.end)
        throw new Error(`sluiced has ended: ${JSON.stringify(spawned.end)}\n${spawned.stderr()}`);
      return asDaemon(spawned);
    },
    async run(args, options = {}) {
      const spawned = spawnHere(args, options);
      await waitForEnd(spawned);
      return spawned;
    },
    endAll,
    async [Symbol.asyncDispose]() {
      await endAll();
      rmSync(directory, { recursive: true });
    },
  };
}

/** What a killed daemon left to hold its mounts, whatever its version. */
async function endHolder(socketPath: string): Promise<void> {
  for (const pid of processesOf(socketPath)) process.kill(pid, 'SIGKILL');
  await waitUntil(() => processesOf(socketPath).length === 0, { what: 'the holder has ended' });
}

/** Processes with that argument. */
function processesOf(argument: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => argumentsOf(pid).includes(argument));
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function asDaemon(spawned: SpawnedProcess): TestDaemon {
  return {
    ...spawned,
    get end() {
      return spawned.end;
    },
    log: () => logOf(spawned),
    async stop(signal = 'SIGTERM') {
      spawned.kill(signal);
      await waitForEnd(spawned);
      if (spawned.end?.status === 0) return;
      throw new Error(`sluiced ended with ${JSON.stringify(spawned.end)}\n${spawned.stderr()}`);
    },
    async crash() {
      spawned.kill('SIGKILL');
      await waitForEnd(spawned);
    },
  };
}

function serves(spawned: SpawnedProcess): boolean {
  return logOf(spawned).some(({ msg }) => msg === 'serving');
}

/** Whole lines that are JSON: the last one may still be being written, and errors of the start are plain text. */
function logOf(spawned: SpawnedProcess): readonly LogLine[] {
  const lines = spawned.stderr().split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}

async function waitForEnd(spawned: SpawnedProcess): Promise<void> {
  await waitUntil(() => spawned.end, {
    timeoutMs: STOP_TIMEOUT_MS,
    what: () => `process ${spawned.pid} has ended: ${spawned.stderr()}`,
  });
}
