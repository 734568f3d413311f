import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchSize } from './bench-tree.ts';
import { startChild } from './child.ts';
import type { ServedFiles, ServerUsage } from './served-files.ts';
import type { DriverName } from './server-process.ts';

export interface DriverDeps {
  readonly driver: DriverName;
  readonly size: BenchSize;
  warm(root: string): Promise<void>;
}

export interface DriverPlaces {
  readonly base: string;
  /** Every content of the tree, complete. */
  readonly content: string;
}

/**
 * Serves the files by a driver of packages/fuse.
 *
 * @param warm reads every file below a directory once: a server's first reads compile its code
 */
export async function startDriver(
  { driver, size, warm }: DriverDeps,
  { base, content }: DriverPlaces,
): Promise<ServedFiles> {
  await using parts = new AsyncDisposableStack();
  const child = parts.use(startChild('server-process.ts'));
  const mountpoint = join(base, 'mnt');
  mkdirSync(mountpoint, { recursive: true });
  await child.ask({ type: 'start', driver, size, content });
  const mount = async () => {
    await child.ask({ type: 'mount', mountpoint });
    return mountpoint;
  };
  const unmount = () => child.ask<void>({ type: 'unmount' });
  await warm(await mount());
  await unmount();
  const owned = parts.move();
  return {
    mount,
    unmount,
    async usage() {
      const usage = await child.ask<ServerUsage>({ type: 'usage' });
      if (driver === 'passthrough' && usage.stats !== undefined && usage.stats.passthrough !== 'on') {
        throw new Error(`passthrough is ${usage.stats.passthrough} on this machine`);
      }
      return usage;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
