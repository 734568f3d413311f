import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process/run.ts';
import { type ServerProcess, startProcess } from '../process/start-process.ts';
import { containerdConfig } from './containerd-config.ts';
import type { ContainerdVersion } from './containerd-version.ts';

export interface ContainerdOptions {
  readonly version: ContainerdVersion;
  /** For everything that it writes. */
  readonly directory: string;
  readonly sluiceRoot: string;
  readonly sluiceAddress: string;
}

export interface Containerd extends ServerProcess {
  /** Path of its socket: of its own API and of CRI. */
  readonly address: string;
}

/** Starts a containerd whose programs are those of one version. The snapshotter may come later. */
export async function startContainerd(options: ContainerdOptions): Promise<Containerd> {
  const { version, directory, sluiceRoot, sluiceAddress } = options;
  mkdirSync(directory, { recursive: true });
  const address = join(directory, 'containerd.sock');
  const config = join(directory, 'config.toml');
  const [root, state] = [join(directory, 'root'), join(directory, 'state')];
  writeFileSync(config, containerdConfig(version, { root, state, address, sluiceRoot, sluiceAddress }));
  const ctr = join(version.bin, 'ctr');
  const server = await startProcess({
    command: [join(version.bin, 'containerd'), '--config', config, '--log-level', 'warn'],
    logFile: join(directory, 'containerd.log'),
    env: { PATH: `${version.bin}:${process.env['PATH']}` },
    ready: async () => {
      const asked = await run([ctr, '--address', address, '--connect-timeout', '1s', 'version'], {
        mayFail: true,
      });
      return asked.status === 0;
    },
  });
  return { ...server, address };
}
