import { type FileSystem, NotLazyError, type NotLazyReason } from '@sluice/snapshotter-core';
import type { Metrics } from './metrics.ts';

/** Counts and times the mounts that are tried, and why they fail. Changes nothing else. */
export function meteredFileSystem(inner: FileSystem, metrics: Pick<Metrics, 'mountDone'>): FileSystem {
  return {
    async mount(mountpoint, labels, options) {
      const began = performance.now();
      const report = (reason: NotLazyReason | undefined) =>
        metrics.mountDone({ durationMs: performance.now() - began, reason });
      try {
        await inner.mount(mountpoint, labels, options);
        report(undefined);
      } catch (error) {
        if (!options?.signal?.aborted) report(error instanceof NotLazyError ? error.reason : 'internal');
        throw error;
      }
    },
    restore: (mountpoint, labels, options) => inner.restore(mountpoint, labels, options),
    check: (mountpoint, labels, options) => inner.check(mountpoint, labels, options),
    unmount: (mountpoint, options) => inner.unmount(mountpoint, options),
    usage: (mountpoint) => inner.usage(mountpoint),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
