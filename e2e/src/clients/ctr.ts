import { join } from 'node:path';
import type { ContainerdVersion } from '../machine/containerd-version.ts';
import { type RunOptions, type RunResult, run } from '../process/run.ts';

/** containerd's command line, and that of stargz-snapshotter, for one containerd. */
export interface Ctr {
  /** `ctr ARGS` of the same version as the containerd. */
  ctr(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** `ctr-remote ARGS` of Debian's package stargz-snapshotter. */
  ctrRemote(args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

/** @param logs what is said beside a command's own output when it fails */
export function createCtr(version: ContainerdVersion, address: string, logs: () => string): Ctr {
  const call = async (program: string, args: readonly string[], options?: RunOptions) => {
    try {
      return await run([program, '--address', address, ...args], options);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${logs()}`, { cause: error });
    }
  };
  return {
    ctr: (args, options) => call(join(version.bin, 'ctr'), args, options),
    ctrRemote: (args, options) => call('ctr-remote', args, options),
  };
}
