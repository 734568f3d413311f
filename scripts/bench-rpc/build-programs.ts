import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goToolchain } from '../conformance/go-toolchain.ts';

export interface GoPrograms {
  /** Serves containerd's overlay snapshotter: `server ROOT ADDRESS`. */
  readonly server: string;
  /** Calls any snapshotter: `client ADDRESS PHASE CLIENTS COUNT`. */
  readonly client: string;
}

/** Far more than a slow machine needs to compile containerd's packages for the first time. */
const BUILD_TIMEOUT_MS = 15 * 60_000;

/** Builds the Go side from Debian's packages; needs them only once. */
export function buildPrograms(workspace: string): GoPrograms {
  const { go, env } = goToolchain(join(workspace, '.cache'));
  const directory = join(workspace, '.cache', 'bench-rpc');
  mkdirSync(directory, { recursive: true });
  const build = (name: string) => {
    const output = join(directory, name);
    const result = spawnSync(go, ['build', '-o', output, `./${name}`], {
      cwd: join(import.meta.dirname, 'go'),
      env: { ...process.env, ...env },
      encoding: 'utf8',
      timeout: BUILD_TIMEOUT_MS,
    });
    if (result.status !== 0) throw new Error(`go build ${name} failed: ${result.stderr ?? result.error}`);
    return output;
  };
  return { server: build('server'), client: build('client') };
}
