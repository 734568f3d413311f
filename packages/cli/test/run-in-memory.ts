import { fileURLToPath } from 'node:url';
import type { Host } from '../src/diagnose/host.ts';
import { runCommand } from '../src/run-command.ts';

/** Whatever the machine is that the tests run on. */
const soundHost: Host = {
  platform: 'linux',
  release: '6.12.1',
  uid: 0,
  fuseDevice: '/dev/null',
  fileSystems: fileURLToPath(new URL('proc-filesystems', import.meta.url)),
};

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** When the commands of tests run: an hour after the snapshots of `snapshotRow` were made. */
const NOW_MS = Date.parse('2026-01-02T04:04:05Z');

/** Runs a command line in this process and keeps what it prints. */
export async function runInMemory(
  argv: readonly string[],
  options: {
    readonly hasColour?: boolean;
    readonly env?: Record<string, string>;
    readonly host?: Partial<Host>;
    readonly runDaemonProgram?: (args: readonly string[]) => Promise<number>;
  } = {},
): Promise<Ran> {
  const printed = { out: '', err: '' };
  const status = await runCommand(argv, {
    version: '9.8.7',
    env: options.env ?? {},
    host: { ...soundHost, ...options.host },
    runDaemonProgram: options.runDaemonProgram ?? (() => Promise.reject(new Error('no daemon in this test'))),
    terminal: {
      out: (text) => {
        printed.out += `${text}\n`;
      },
      err: (text) => {
        printed.err += `${text}\n`;
      },
      progress: () => undefined,
      hasColour: options.hasColour ?? false,
      now: () => NOW_MS,
    },
  });
  return { status, ...printed };
}
