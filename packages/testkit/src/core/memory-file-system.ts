import type { FileSystem, Labels, Usage } from '@sluice/snapshotter-core';
import type { Intercept } from './intercept.ts';
import type { MemoryDirsData } from './memory-layer-dirs.ts';

/** A `FileSystem` in memory. Tests make it fail or wait through `intercept` ('fs.mount', 'fs.check', ...). */
export interface MemoryFileSystem extends FileSystem {
  /** Labels of what was mounted or restored, by mountpoint. */
  readonly layers: ReadonlyMap<string, Labels>;
  /** How often each method was called. */
  readonly calls: { mount: number; restore: number; check: number; unmount: number };
}

const USAGE: Usage = { sizeBytes: 1_000_000, inodes: 10 };

/** @param dirs whose mountpoints it shares: mounts are in `dirs.mounted` and outlive this object */
export function createMemoryFileSystem(
  dirs: Pick<MemoryDirsData, 'mounted'>,
  intercept: Intercept = () => undefined,
): MemoryFileSystem {
  const layers = new Map<string, Labels>();
  const calls = { mount: 0, restore: 0, check: 0, unmount: 0 };
  const attach = (mountpoint: string, labels: Labels) => {
    dirs.mounted.add(mountpoint);
    layers.set(mountpoint, labels);
  };
  return {
    layers,
    calls,
    async mount(mountpoint, labels, options) {
      calls.mount++;
      await raceSignal(intercept('fs.mount'), options?.signal);
      if (dirs.mounted.has(mountpoint)) throw new Error(`${mountpoint} is a mount already`);
      attach(mountpoint, labels);
    },
    async restore(mountpoint, labels, options) {
      calls.restore++;
      await raceSignal(intercept('fs.restore'), options?.signal);
      attach(mountpoint, labels);
    },
    async check(mountpoint, labels, options) {
      calls.check++;
      await raceSignal(intercept('fs.check'), options?.signal);
      attach(mountpoint, labels);
    },
    async unmount(mountpoint) {
      calls.unmount++;
      await intercept('fs.unmount');
      dirs.mounted.delete(mountpoint);
      layers.delete(mountpoint);
    },
    usage: () => USAGE,
    async [Symbol.asyncDispose]() {
      for (const mountpoint of layers.keys()) dirs.mounted.delete(mountpoint);
      layers.clear();
    },
  };
}

async function raceSignal(work: void | Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
